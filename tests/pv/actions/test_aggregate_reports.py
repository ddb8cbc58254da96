"""A written report: every section, two persons, a signature, and three files that say the same."""

import io
import json
import re
import zipfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pypdf
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation
from docx import Document
from docx.oxml.ns import qn
from openpyxl import load_workbook

from followup.actions import data_locks as lock_actions
from followup.core import audit, clock, jobs
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.security.accounts import actor_of
from followup.queries import signatures
from pv.actions import aggregate_reports as actions
from pv.actions import authorisations, report_files
from pv.actions import risk_plans as plan_actions
from pv.actions.commitments import CommitmentInput, StepInput, begin, step
from pv.domain.approvals import CommitmentEvent
from pv.domain.periodic.blocks import FactList, Grid
from pv.domain.periodic.sections import TableCode
from pv.models import Case, LabelVersion, PeriodicReport
from pv.queries import produced_reports
from pv.queries.aggregate_reports import composing, register
from pv.web.report_sections import table_words
from tests import factories
from tests.pv.test_risk_plans import confirmed as confirmed_plan
from tests.pv.web.test_signatures import PASSWORD, sign

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world():
    """One patient with a new malignancy, and a lock after it."""
    product = factories.product()
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product)
    factories.malignancy(nurse, patient, verbatim="T 细胞淋巴瘤 <T-cell & lymphoma>")
    assert Case.objects.filter(patient=patient).count() == 1
    return product, lock_actions.make(factories.SYSTEM, name="PSUR 1")


def opened(actor, product, lock, kind="PSUR", **more):
    start = TODAY.replace(month=1, day=1)
    return actions.open_report(actor, product, kind=kind, start=start, end=TODAY, lock=lock, **more)


def fill(actor, row, language="en", text="Nothing to report."):
    for section in register.kind(row).sections:
        if section.required:
            actions.write(actor, row, code=section.code, language=language, text=text, number=0)


def made(user, row, language) -> dict[str, bytes]:
    job = report_files.request(actor_of(user), row, language=language)
    done = jobs.run(job.id) or jobs.one(actor_of(user), job.id)
    assert done.state == "done", done.error
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / done.file_path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_another_person_reviews_and_the_signature_approves_and_an_edit_opens_an_edition(
    world,
) -> None:
    product, lock = world
    author = factories.make_actor(Role.REGULATORY)
    row = opened(author, product, None)
    fill(author, row)
    second = factories.make_user(Role.STUDY_MANAGER, password=PASSWORD)
    other = actor_of(second)
    with translation.override("en"), pytest.raises(Refused, match="data lock"):
        actions.review(other, row, version=row.version)
    row = actions.set_basis(
        author, row, start=row.period_start, end=TODAY, lock=lock, version=row.version
    )
    with translation.override("en"), pytest.raises(Refused, match="than the author"):
        actions.review(author, row, version=row.version)
    row = actions.review(other, row, version=row.version)
    actions.write(author, row, code="19", language="en", text="Changed.", number=1)
    row.refresh_from_db()
    assert (row.state, row.edition, row.reviewed_by_id) == ("draft", 1, None)
    row = actions.review(other, row, version=row.version)
    with pytest.raises(Conflict):
        actions.write(author, row, code="19", language="en", text="Late.", number=1)
    client = Client()
    client.force_login(second)
    row = actions.send_back(other, row, reason="Section 19 says nothing.", version=row.version)
    page = client.get(reverse("aggregate-report", args=[row.pk])).content.decode()
    assert "Section 19 says nothing." in page
    assert second.display_name in page.split("Section 19 says nothing.")[0]
    actions.write(author, row, code="19", language="en", text="Changed again.", number=2)
    row.refresh_from_db()
    assert row.returned_because == "Section 19 says nothing."
    row = actions.review(other, row, version=row.version)
    assert (row.returned_because, row.returned_at, row.returned_by_id) == ("", None, None)
    where = reverse("sign", args=["aggregate_report", row.pk])
    signable, _row = signatures.find(other, "aggregate_report", str(row.pk))
    names = [line.name for line in signatures.content(other, signable, row).lines]
    codes = [name[8:-3] for name in names if name.startswith("section.")]
    assert codes == [s.code for s in register.kind(row).sections if s.code in codes]
    assert codes != sorted(codes)
    assert sign(client, where, meaning="approval").status_code == 302
    row.refresh_from_db()
    assert row.state == "approved"
    assert row.approved_at
    actions.write(author, row, code="19", language="en", text="A second edition.", number=3)
    row.refresh_from_db()
    assert (row.state, row.edition, row.approved_at) == ("draft", 2, None)
    assert [v.edition for v in register.history(author, row, "19", "en")] == [2, 1, 1, 1]


def test_every_section_stands_in_every_file_and_word_says_what_the_pdf_says(world) -> None:
    product, lock = world
    user = factories.make_user(Role.REGULATORY)
    row = opened(actor_of(user), product, lock)
    with translation.override("en"):
        blocks = _blocks(actor_of(user), row, "en")
    files = made(user, row, "en")
    manifest = json.loads(files["manifest.json"])
    assert manifest["lock"]["seq"] == lock.seq
    assert manifest["cases"]["cases"] == {"period": 1, "cumulative": 1}
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(files["report.pdf"])).pages]
    printed = "".join("".join(pages).split())
    assert all("DRAFT" in page for page in pages)
    document = _same_rows(files, blocks)
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    wanted = [f"{s.code}  {s.names['en']}" for s in register.kind(row).sections]
    assert headings == wanted
    # English is English, and a date known in part stays one.
    assert product.generic_zh not in printed
    assert "2023-06-??" in printed
    assert "2023-06-01" not in printed
    assert all("".join(text.split()) in printed for text in wanted)


def _same_rows(files, blocks):
    """The Word file, once each of its cells is one of the count and stands in the PDF."""
    reader = pypdf.PdfReader(io.BytesIO(files["report.pdf"]))
    printed = "".join("".join(page.extract_text() for page in reader.pages).split())
    document = Document(io.BytesIO(files["report.docx"]))
    tables = [[[c.text for c in r.cells] for r in t.rows] for t in document.tables]
    shown = [block for block in blocks if isinstance(block, Grid | FactList)]
    assert len(tables) == len(shown) + 1  # the cover
    words: Counter[str] = Counter()
    for block, cells in zip(shown, tables[1:], strict=True):
        rows = block.pairs if isinstance(block, FactList) else block.rows
        assert cells[-len(rows) :] == [list(each) for each in rows]
        words.update(word for each in rows for text in each for word in text.split())
    # As often as in the cells: a row the PDF left out would be missed.
    assert not {word: n for word, n in words.items() if printed.count(word) < n}
    for name, font in (("Heading 1", "黑体"), ("Heading 2", "黑体"), ("Normal", "宋体")):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    return document


def _blocks(actor, row, language):
    count = report_files.counted(actor, row, language, _Silent())
    from_lock = report_files.bases
    with from_lock.reading(row.lock):
        basis = from_lock.Basis(
            actor, row.product, row.period_start, row.period_end, register.kind(row), row, count
        )
        return composing.blocks(basis, register.texts(actor, row, language))


class _Silent:
    def report(self, *_given) -> None:
        """Nobody watches."""


def test_a_lock_gives_the_same_files_after_edits(world) -> None:
    product, lock = world
    user, other = (factories.make_user(Role.REGULATORY) for _ in range(2))
    row = opened(actor_of(user), product, lock)
    first = made(user, row, "zh-hans")
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product)
    factories.malignancy(nurse, patient, verbatim="later")
    again = made(other, row, "zh-hans")
    for name in ("cases.jsonl", "report.pdf", "report.docx"):
        assert again[name] == first[name], name


@pytest.mark.parametrize("kind", ["DSUR", "ANNUAL_REPORT", "LTFU_INTERIM", "RMP_UPDATE", "RENEWAL"])
def test_each_kind_is_made_in_chinese(world, kind) -> None:
    product, lock = world
    user = factories.make_user(Role.REGULATORY)
    row = opened(actor_of(user), product, lock, kind)
    with translation.override("zh-hans"):
        blocks = _blocks(actor_of(user), row, "zh-hans")
    files = made(user, row, "zh-hans")
    assert {"report.pdf", "report.docx", "report.xlsx"} <= set(files)
    _same_rows(files, blocks)
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    assert client.get(reverse("aggregate-report", args=[row.id])).status_code == 200


def test_every_table_a_section_may_show_has_its_words() -> None:
    assert set(table_words()) == set(TableCode)


def test_the_pages_open_write_review_and_refuse(world, monkeypatch) -> None:
    product, lock = world
    author = factories.make_user(Role.REGULATORY, language="en")
    client = Client(headers={"accept-language": "en"})
    client.force_login(author)
    given = {"kind": "PROGRESS", "product": product.id, "lock": lock.id, "commitment": ""}
    given |= {"start": TODAY - timedelta(days=300), "end": TODAY}
    refused = client.post("/reports/written/new/", given)
    assert refused.status_code == 422
    given["kind"] = "LTFU_INTERIM"
    place = client.post("/reports/written/new/", given).url
    assert client.get(place).status_code == 200
    written = client.post(f"{place}6/en/", {"text": "Two of three.", "number": 0})
    assert written.status_code == 302
    assert "Two of three." in client.get(place + "?language=en").content.decode()
    stale = client.post(f"{place}6/en/", {"text": "Other words.", "number": 0})
    assert stale.status_code == 409
    assert "Other words." in stale.content.decode()
    assert "Two of three." in stale.content.decode()
    assert client.post(f"{place}review/", {"version": 1}, follow=True).status_code == 200
    assert client.post(f"{place}files/", {"language": "en"}).status_code == 302
    assert client.get("/reports/written/").status_code == 200
    _lists_page_by_key(client, actor_of(author), product, lock, monkeypatch)
    nurse = factories.make_user(Role.NURSE, site=factories.make_site())
    stranger = Client()
    stranger.force_login(nurse)
    assert stranger.get(place).status_code in (403, 404)


def _lists_page_by_key(client, author, product, lock, monkeypatch) -> None:
    """Written and produced reports, more than a page of each, some of one moment."""
    for kind in ("PSUR", "DSUR", "ANNUAL_REPORT"):
        opened(author, product, lock, kind=kind)
    moment = clock.now()
    period = {"product": product, "period_start": TODAY, "period_end": TODAY, "language": "en"}
    with transaction.atomic(), audit.acting(author, "test.produced"):
        for number in range(5):
            PeriodicReport.objects.create(
                **period,
                case_count=0,
                manifest={},
                sha256=f"{number:064d}",
                file_name=f"{number}.zip",
                file_path=f"{number}.zip",
                produced_at=moment - timedelta(days=number // 3),
            )
    monkeypatch.setattr(register, "PAGE", 3)
    monkeypatch.setattr(produced_reports, "PAGE", 2)
    lists = (
        ("/reports/written/", r'<th scope="row" class="wrap"><a href="([^"]+)">', register.every),
    )
    lists += (
        ("/reports/", r'href="/reports/([^"]+)/file/"', lambda _one: PeriodicReport.objects.all()),
    )
    for address, row, every in lists:
        found, key = [], ""
        while True:
            page = client.get(address, {"after": key}).content.decode()
            found += re.findall(row, page)
            following = re.search(r'after=([^"&]+)" rel="next"', page)
            if not following:
                break
            key = unquote(following[1])
        assert len(found) == len(set(found)) == len(every(author)), address
        assert re.findall(row, client.get(address, {"after": "x"}).content.decode())[0] == found[0]


def test_an_extension_shows_its_commitment_and_the_label_in_force(world) -> None:
    product, _lock = world
    user, other = (factories.make_user(Role.REGULATORY) for _ in range(2))
    actor = actor_of(user)
    row = product.indications.filter(status="conditional").first()
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Phase III", document="S1")
    commitment = begin(actor, row, given=given)
    step(
        actor,
        commitment,
        event=CommitmentEvent.EXTENSION_REQUESTED,
        given=StepInput(happened_on=TODAY),
        lock_version=commitment.lock_version,
        reason="slow",
    )
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.label"):
        LabelVersion.objects.create(
            product=product,
            kind="LABEL",
            country="CN",
            number="V7",
            valid_from=TODAY,
            dictionary="28.1",
            source="label, page 1",
            entered_by=user,
            entered_at=clock.now(),
            confirmed_by=other,
            confirmed_at=clock.now(),
        )
    abroad = {"market": "EU", "setting": "POST_MARKET", "number": "EU/1/26/001"}
    abroad |= {"authorised_on": TODAY, "ended_on": None, "source": "decision, page 1"}
    authorisations.confirm(actor_of(other), authorisations.enter(actor, product, values=abroad))
    lock = lock_actions.make(factories.SYSTEM, name="EXT 1")
    report = opened(actor, product, lock, "EXTENSION", commitment=commitment)
    with translation.override("en"):
        blocks = _blocks(actor, report, "en")
        labels = _blocks(actor, opened(actor, product, lock), "en")
    _same_rows(made(user, report, "en"), blocks)
    progress = opened(actor, product, lock, "PROGRESS", commitment=commitment)
    with translation.override("zh-hans"):
        in_chinese = _blocks(actor, progress, "zh-hans")
    _same_rows(made(user, progress, "zh-hans"), in_chinese)
    facts = [block.pairs for block in blocks if isinstance(block, FactList)]
    assert any(("Commitment", "Phase III") in list(pairs) for pairs in facts)
    said = {name: text for pairs in facts for name, text in pairs}
    assert said["Sale suspended"].startswith("Sale of the product is suspended while")
    assert "whether it binds is to be confirmed" in said["Sale suspended"]
    rows = [r for block in blocks if isinstance(block, Grid) for r in block.rows]
    assert any(r[0] == "Phase III" for r in rows)
    versions = [r for b in labels if isinstance(b, Grid) for r in b.rows if "V7" in r]
    markets = [r for b in labels if isinstance(b, Grid) for r in b.rows if "EU/1/26/001" in r]
    assert [r[2:] for r in markets] == [[str(TODAY), "—"]], "worldwide status, section 2"
    assert [r[1:5] for r in versions] == [["CN", "V7", str(TODAY), "yes"]] * 2  # sections 4, 20.1


def test_a_plan_stands_in_its_update_report_with_what_came_of_it(world) -> None:
    product, lock = world
    user = factories.make_user(Role.REGULATORY)
    actor = actor_of(user)
    before = opened(actor, product, lock, "RMP_UPDATE")
    plan = confirmed_plan(actor, factories.make_actor(Role.SAFETY_OFFICER), product)
    card = plan.measures.get(description="Patient card")
    said = {"indicator": "Cards given", "target": "95 %", "result": "97 %", "outcome": "REACHED"}
    plan_actions.check_effectiveness(actor, card, **said, checked_on=TODAY)
    lock = lock_actions.make(factories.SYSTEM, name="RMP 1")
    report = opened(actor, product, lock, "RMP_UPDATE")
    with translation.override("en"):
        blocks, earlier = _blocks(actor, report, "en"), _blocks(actor, before, "en")
    _same_rows(made(user, report, "en"), blocks)
    rows = [r for block in blocks if isinstance(block, Grid) for r in block.rows]
    assert ["Important identified risk", "CRS", "—", "—"] in [list(row) for row in rows]
    (effect,) = [row[5] for row in rows if "Patient card" in row]
    assert effect == f"{TODAY}: Cards given · 95 % · 97 % · Target reached"
    grids = [block for block in earlier if isinstance(block, Grid)]
    assert not any("CRS" in row for grid in grids for row in grid.rows), "confirmed after its lock"


def test_two_locks_differ_by_the_cases_behind_each_figure(world) -> None:
    product, lock = world
    user = factories.make_user(Role.REGULATORY)
    row = opened(actor_of(user), product, lock)
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product)
    factories.malignancy(nurse, patient, verbatim="Leukaemia")
    later = lock_actions.make(factories.SYSTEM, name="PSUR 2")
    number = Case.objects.get(patient=patient).number
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    place = f"/reports/written/{row.pk}/"
    assert client.get(f"{place}compare/", {"lock": later.pk}).url == f"{place}compare/{later.pk}/"
    assert client.get(f"{place}compare/", {"lock": lock.pk}).status_code == 422, "its own lock"
    page = client.get(f"{place}compare/{later.pk}/").content.decode()
    assert number in page
    assert "PSUR 2" in client.get(place).content.decode()
    made_book = client.get(f"{place}compare/{later.pk}/?format=xlsx").content
    figures = load_workbook(io.BytesIO(made_book)).worksheets[1]
    rows = {(r[0], r[1]): r[2:] for r in figures.iter_rows(min_row=2, values_only=True)}
    assert rows["Cases", "cumulative"] == (1, 2, 1)
    assert rows["Serious cases", "period"] == (1, 2, 1)
