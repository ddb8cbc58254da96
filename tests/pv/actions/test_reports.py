"""The periodic report: complete, literal, hashed, reproducible, only for who answers for it all."""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from pypdf import PdfReader

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock, jobs
from followup.core.models import Access
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.core.security.accounts import actor_of
from pv.actions import cases as case_actions
from pv.actions import reports
from pv.domain.periodic import Gathered, Seriousness, TabulatedSource, Tabulation
from pv.models import Case, PeriodicReport
from pv.queries import aggregates, produced_reports
from tests import factories

pytestmark = pytest.mark.django_db
HOSTILE = '=HYPERLINK("http://127.0.0.1:9") <script>alert(1)</script> {{ x }}'


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def product():
    return factories.product()


@pytest.fixture
def manager():
    return factories.make_user(Role.STUDY_MANAGER)


@pytest.fixture
def found(product):
    """A malignancy, a second case of hostile words at another site, one of another product."""
    other = next(p for p in product.__class__.objects.filter(is_car_t=True) if p.id != product.id)
    for words, given in (("外周T细胞淋巴瘤待排", product), (HOSTILE, product), ("别的", other)):
        site = factories.make_site()
        nurse = factories.make_actor(Role.NURSE, site=site)
        patient = factories.register(nurse, site, product_row=given)
        factories.malignancy(nurse, patient, verbatim=words, seriousness=["OTHER_IMPORTANT"])
    return list(Case.objects.filter(product=product).order_by("number"))


def made(user, product, language="zh-hans", **period):
    today = clock.today()
    given = {"start": today - timedelta(days=30), "end": today, **period}
    actor = actor_of(user)
    job = reports.request(actor, product_id=product.id, language=language, **given)
    return jobs.run(job.id) or jobs.one(actor, job.id)


def opened(job):
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / job.file_path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pdf_text(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", ["本期收到的严重病例行列表", "外周T细胞淋巴瘤待排"]),
        ("en", ["Listing of serious cases", "外周T细胞淋巴瘤待排"]),
    ],
)
def test_the_archive_holds_pdf_spreadsheet_and_manifest(found, manager, product, language, words):
    job = made(manager, product, language)
    assert job.state == "done", job.error
    files = opened(job)
    assert set(files) == {"manifest.json", "cases.jsonl", "report.pdf", "report.xlsx"}
    manifest = json.loads(files["manifest.json"])
    for name in ("report.pdf", "report.xlsx"):
        assert manifest["files"][name]["sha256"] == hashlib.sha256(files[name]).hexdigest()
    assert manifest["cases"]["cases"] == {"period": 2, "cumulative": 2}
    assert manifest["rows"]["serious_lines"] == 2
    assert len(manifest["code_sha256"]) == 64
    assert "rule_sets" in manifest["reference"]
    text = pdf_text(files["report.pdf"])
    for word in words:
        assert re.sub(r"\s+", "", word) in text
    assert re.sub(r"\s+", "", HOSTILE) in text
    assert "别的" not in text
    row = PeriodicReport.objects.get(job_id=job.id)
    assert produced_reports.document_of(actor_of(manager), row.id)[1] == files["report.pdf"]
    assert (row.sha256, row.case_count) == (job.file_sha256, 2)
    kept = Path(settings.MEDIA_ROOT) / row.file_path
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == row.sha256


def test_the_spreadsheet_has_every_row_and_no_formula(found, manager, product):
    book = openpyxl.load_workbook(io.BytesIO(opened(made(manager, product))["report.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert any(cell.value == HOSTILE for cell in cells) or any(
        HOSTILE in str(cell.value) for cell in cells
    )
    lines = book.worksheets[2]
    assert [row[0].value for row in lines.iter_rows(min_row=2)] == [
        f"{case.number} v1" for case in found
    ]
    total = [cell.value for cell in list(book.worksheets[1].iter_rows())[-1]]
    assert total[-2:] == [2, 2]


def test_the_same_question_about_the_same_data_is_one_job(found, manager, product):
    first = made(manager, product)
    assert made(manager, product).id == first.id
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = found[0]
    case.refresh_from_db()
    case_actions.accept(officer, case, lock_version=case.lock_version)
    second = made(manager, product)
    assert second.id != first.id
    assert PeriodicReport.objects.count() == 2


def test_what_came_later_is_left_out(found, manager, product):
    yesterday = clock.today() - timedelta(days=1)
    job = made(manager, product, end=yesterday)
    assert job.state == "done", job.error
    assert job.manifest["cases"] == {}
    assert job.manifest["rows"] == {"tabulation": 0, "serious_lines": 0}
    assert "没有收到严重病例" in pdf_text(opened(job)["report.pdf"])


def test_a_character_no_font_has_is_shown_and_its_case_named(product, manager):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product)
    event = factories.malignancy(
        nurse, patient, verbatim="淋巴瘤😀", seriousness=["OTHER_IMPORTANT"]
    )
    files = opened(made(manager, product))
    text = pdf_text(files["report.pdf"])
    assert "淋巴瘤[U+1F600]" in text
    number = Case.objects.get(sources__event=event).number
    assert text.rindex(number) > text.rindex("以码位代替的字符")
    book = openpyxl.load_workbook(io.BytesIO(files["report.xlsx"]))
    assert any("淋巴瘤😀" in str(c.value) for row in book.worksheets[2].iter_rows() for c in row)


def ago(days):
    return clock.today() - timedelta(days=days)


def at(day):
    """The morning of a day in Shanghai."""
    start = datetime.combine(day, datetime.min.time(), clock.SHANGHAI)
    return clock.pinned(start + timedelta(hours=10))


def figures(product, lock):
    """Header counts, events by seriousness and listed cases, as a report up to `lock` has them."""
    gathered = Gathered(Tabulation(ago(300), lock), "en")
    for record in aggregates.records(factories.SYSTEM, product, lock):
        gathered.take(record)
    total = gathered.tabulation.total()
    events = {
        kind: total.cell(TabulatedSource.SPONTANEOUS, kind).cumulative for kind in Seriousness
    }
    return (
        {name: tuple(pair) for name, pair in gathered.counts.items()},
        events,
        [entry.number for entry in gathered.lines],
    )


def reported(product, *, aware_on, entered_on=None, **values):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product, infused_on=ago(200))
    words = {"verbatim": "肺炎", "reporter_name": "李", "reporter_qualification": "PHYSICIAN"}
    given = EventInput(**words, aware_on=aware_on, **values)
    with at(entered_on or aware_on):
        row = events.report(nurse, factories.infusion_of(patient), given=given)
    return nurse, row, given


def test_an_upgrade_after_a_lock_does_not_change_its_figures(product):
    nurse, row, given = reported(product, aware_on=ago(60), serious=False)
    before = figures(product, ago(30))
    assert before[0]["cases"] == (1, 1)
    assert before[1][Seriousness.NON_SERIOUS] == 1
    upgraded = replace(given, serious=True, seriousness=["HOSPITALISATION"])
    changed = {"version": row.version, "reason": "admitted yesterday", "learned_on": ago(1)}
    events.correct(nurse, row, given=upgraded, **changed)
    assert figures(product, ago(30)) == before
    counts, by_seriousness, lines = figures(product, clock.today())
    assert counts["serious"] == (1, 1)
    assert by_seriousness[Seriousness.SERIOUS] == len(lines) == 1


def test_a_criterion_the_hospital_set_reaches_header_table_and_listing(product):
    reported(product, aware_on=ago(5), outcome="FATAL", serious=True, seriousness=["DEATH"])
    counts, by_seriousness, lines = figures(product, clock.today())
    assert counts["serious"] == counts["fatal"] == (1, 1)
    assert by_seriousness[Seriousness.SERIOUS] == len(lines) == 1


def test_a_case_learned_of_before_a_lock_and_entered_after_it_is_visible_as_such(product, manager):
    serious = {"serious": True, "seriousness": ["HOSPITALISATION"]}
    reported(product, aware_on=ago(40), entered_on=ago(2), **serious)
    reported(product, aware_on=ago(45), **serious)
    counts, _events, lines = figures(product, ago(30))
    assert counts["cases"] == (2, 2)
    assert counts["late"] == (1, 1)
    assert len(lines) == 2
    job = made(manager, product, "en", start=ago(100), end=ago(30))
    assert job.manifest["cases"]["late"] == {"period": 1, "cumulative": 1}
    text = pdf_text(opened(job)["report.pdf"])
    assert f"(entered{ago(2)})" in text
    assert f"(entered{ago(45)})" not in text


def test_a_nullified_case_leaves_every_table_from_the_day_it_was_nullified(product):
    _nurse, row, _given = reported(
        product, aware_on=ago(60), serious=True, seriousness=["HOSPITALISATION"]
    )
    case = Case.objects.get(sources__event=row)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    before = figures(product, ago(30))
    with at(ago(10)):
        case_actions.nullify(
            officer, case, reason="another patient", lock_version=case.lock_version
        )
    assert figures(product, ago(30)) == before
    at_the_lock = aggregates.nullified(factories.SYSTEM, product, ago(30))
    assert (at_the_lock.by_the_lock, at_the_lock.since) == (0, 1)
    counts, _events, lines = figures(product, clock.today())
    assert (counts, lines) == ({}, [])
    now = aggregates.nullified(factories.SYSTEM, product, clock.today())
    assert (now.by_the_lock, now.since) == (1, 0)


def test_a_worker_lost_after_storing_stores_nothing_twice(found, manager, product):
    job = made(manager, product)
    progress = jobs.Progress(job.id, Path(settings.MEDIA_ROOT))
    again = reports.make(actor_of(manager), job.parameters, progress)
    assert PeriodicReport.objects.count() == 1
    assert hashlib.sha256(again.path.read_bytes()).hexdigest() == job.file_sha256


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"end": timedelta(days=1)}, "end"),
        ({"start": timedelta(days=1)}, "end"),
        ({"start": timedelta(days=-20_000)}, "start"),
        ({"language": "fr"}, "language"),
    ],
)
def test_impossible_requests_name_the_field(product, change, field):
    actor, today = factories.make_actor(Role.REGULATORY), clock.today()
    given = {"start": today, "end": today, "language": "en"}
    for name, value in change.items():
        given[name] = today + value if isinstance(value, timedelta) else value
    with pytest.raises(Refused) as refused:
        reports.request(actor, product_id=product.id, **given)
    assert field in refused.value.fields


def test_only_who_answers_for_every_site_may_ask(product):
    today = clock.today()
    given = {"product_id": product.id, "start": today, "end": today, "language": "en"}
    local = factories.make_actor(Role.SAFETY_OFFICER, site=factories.make_site())
    with pytest.raises(Refused):
        reports.request(local, **given)
    with pytest.raises(Denied):
        reports.request(factories.make_actor(Role.NURSE), **given)
    others = product.__class__.objects.exclude(id=product.id).first()
    with pytest.raises((Denied, Refused)):
        reports.request(factories.make_actor(Role.REGULATORY, product=others), **given)


def client_of(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_from_form_to_file(found, manager, product):
    client, today = client_of(manager), clock.today()
    assert "No reports yet" in client.get("/reports/").content.decode()
    given = {"product": product.id, "start": today.isoformat(), "end": today.isoformat()}
    answer = client.post("/reports/", {**given, "language": "en"})
    assert (answer.status_code, answer["Location"]) == (302, "/jobs/")
    (job,) = jobs.mine(actor_of(manager))
    jobs.run(job.id)
    row = PeriodicReport.objects.get()
    page = client.get("/reports/").content.decode().replace("<wbr>", "")
    assert row.sha256 in page
    response = client.get(f"/reports/{row.id}/file/")
    content = b"".join(response.streaming_content)
    assert hashlib.sha256(content).hexdigest() == row.sha256 == response["X-SHA256"]
    assert Access.objects.filter(kind="report.download", actor_id=manager.id).exists()


def test_the_page_with_nothing_and_with_nonsense(manager):
    client = client_of(manager)
    assert client.post("/reports/", {}).status_code == 422
    wrong = {"product": "x", "start": "soon", "end": "2026-02-30", "language": "xx"}
    answer = client.post("/reports/", wrong)
    assert answer.status_code == 422
    assert "Traceback" not in answer.content.decode()


def test_who_only_reads_gets_no_form_and_others_no_page(found, manager, product):
    made(manager, product)
    row = PeriodicReport.objects.get()
    auditor = client_of(factories.make_user(Role.AUDITOR))
    page = auditor.get("/reports/").content.decode().replace("<wbr>", "")
    assert row.sha256 in page
    assert "New periodic report" not in page
    assert auditor.post("/reports/", {}).status_code == 403
    assert client_of(factories.make_user(Role.NURSE)).get("/reports/").status_code == 403
    others = product.__class__.objects.exclude(id=product.id).first()
    foreign = client_of(factories.make_user(Role.REGULATORY, product=others))
    assert foreign.get(f"/reports/{row.id}/file/").status_code == 404
    assert row.sha256[:32] not in foreign.get("/reports/").content.decode()
