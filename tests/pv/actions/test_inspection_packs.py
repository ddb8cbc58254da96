"""The inspection pack: every annex as known at its lock, the same in document and workbook."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from followup.actions import data_locks as lock_actions
from followup.core import clock, jobs
from followup.core.models import Access
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.models import Indication
from pv.actions import commitments, literature
from pv.actions import inspection_packs as actions
from pv.actions.commitments import CommitmentInput
from pv.models import Commitment, LiteratureSource
from pv.queries.inspection_packs import PackChoice, performance, registers
from pv.queries.literature import SHOWN
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


def source(name: str) -> None:
    today = clock.today()
    values = {"name": name, "kind": "DATABASE", "search": "=CAR-T", "active_from": today}
    kinds = {code for code, _word in LiteratureSource.Kind.choices}
    values["kind"] = sorted(kinds)[0]
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    literature.add_source(officer, factories.product(), values=values)


def made(user, lock, language="en") -> dict[str, bytes]:
    today = clock.today()
    job = actions.request(
        actor_of(user),
        factories.product(),
        lock,
        start=today - timedelta(days=300),
        end=today,
        language=language,
    )
    done = jobs.run(job.id) or jobs.one(actor_of(user), job.id)
    assert done.state == "done", done.error
    content = (Path(settings.MEDIA_ROOT) / done.file_path).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sheets(files: dict[str, bytes]) -> dict[str, list[list[str]]]:
    book = openpyxl.load_workbook(io.BytesIO(files["inspection-pack.xlsx"]))
    return {
        sheet.title: [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]
        for sheet in book.worksheets
    }


def test_the_pack_knows_what_its_lock_knew_and_its_manifest_has_the_hash_of_each_file() -> None:
    source("PubMed")
    lock = lock_actions.make(factories.SYSTEM, name="inspection")
    source("CNKI")
    user = factories.make_user(Role.REGULATORY)
    files = made(user, lock)
    manifest = json.loads(files["manifest.json"])
    for name, told in manifest["files"].items():
        assert told["sha256"] == hashlib.sha256(files[name]).hexdigest()
    found = sheets(files)
    screening = next(rows for name, rows in found.items() if "Literature" in name)
    assert [row[0] for row in screening[1:]] == ["PubMed"]
    assert screening[1][2] == "=CAR-T"
    pages = [p.extract_text() for p in PdfReader(io.BytesIO(files["inspection-pack.pdf"])).pages]
    for line in pages[0].split("Contents")[1].splitlines():
        if told := re.match(r"(\d+\. .+?)\s*(\d+)$", line):  # the heading stands where it is told
            assert told[1] in pages[int(told[2]) - 1], line
    text = "".join(pages)
    assert "PubMed" in text
    assert "CNKI" not in text
    told = {annex["title"]: annex for annex in manifest["annexes"]}
    assert told["Literature and media screening"]["rows"] == 1
    assert told["Restores, drills and upgrades"]["left_out"]
    assert "Left out" in text
    assert len(found) == len(manifest["annexes"]) + 1
    assert Access.objects.filter(kind="inspection_pack.export").count() == 1
    chinese = made(user, lock, "zh-hans")
    titles = [annex["title"] for annex in json.loads(chinese["manifest.json"])["annexes"]]
    assert len(titles) == len(manifest["annexes"])
    assert not set(titles) & set(told)
    heads = next(iter(rows for name, rows in sheets(chinese).items() if name.startswith("1. ")))
    assert heads[0][0] == "证书编号"


def test_what_is_known_in_part_or_never_reached_stays_so_in_the_pack() -> None:
    keeper = factories.make_actor(Role.STUDY_MANAGER)
    indication = Indication.objects.get(code="RELMA_CEL_MCL")  # approved 2024-08
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="III", document="S2024")
    row = commitments.begin(keeper, indication, given=given)
    lock = lock_actions.make(factories.SYSTEM, name="partial")
    today = clock.today()
    choice = PackChoice(indication.product, today, today, lock)

    def told() -> Sequence[str]:
        (table,) = performance.commitments(keeper, choice)
        return table[2][0]

    assert told()[2:6] == ("2024-08-??", "2028-08-01 – 2028-08-31", "—", "—")
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.never"):
        Commitment.objects.filter(id=row.id).update(forecast_on=today, forecast_seed=1)
    assert told()[4:6] == ("无法达到", "无法达到")


def test_a_list_its_page_cuts_is_whole_in_the_pack() -> None:
    officer, today, product = (
        factories.make_actor(Role.SAFETY_OFFICER),
        clock.today(),
        factories.product(),
    )
    days = {"active_from": today, "ended_on": today, "next_due": today, "entered_at": clock.now()}
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.ended"):
        LiteratureSource.objects.bulk_create(
            LiteratureSource(product=product, name=f"S{number}", kind="media", search="x", **days)
            for number in range(SHOWN + 1)
        )
    lock = lock_actions.make(factories.SYSTEM, name="whole")
    (table,) = registers.sources(officer, PackChoice(product, today, today, lock))
    assert len({line[0] for line in table[2]}) == SHOWN + 1


def test_what_cannot_be_is_refused_at_its_field() -> None:
    lock = lock_actions.make(factories.SYSTEM, name="early")
    keeper = factories.make_actor(Role.REGULATORY)
    today = clock.today()

    def refused(**more) -> set[str]:
        given = {"start": today, "end": today, "language": "en"} | more
        with pytest.raises(Refused) as problem:
            actions.request(keeper, factories.product(), lock, **given)
        return set(problem.value.fields)

    assert refused(start=today + timedelta(days=1)) == {"end"}
    assert refused(end=today + timedelta(days=1)) == {"end"}
    assert refused(language="xx") == {"language"}


def test_a_pack_asked_for_before_a_right_grew_narrow_is_not_made() -> None:
    narrow = factories.make_actor(Role.REGULATORY, site=factories.make_site())
    with pytest.raises(Refused):
        actions.make(narrow, {"product": str(factories.product().id)}, None)


def test_the_page_asks_and_a_reader_may_not() -> None:
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY))
    url = reverse("inspection-pack")
    assert f'<a href="{reverse("locks")}">' in client.get(url).content.decode().split("<h1")[1]
    lock = lock_actions.make(factories.SYSTEM, name="asked")
    assert "asked" in client.get(url).content.decode()
    empty = client.post(url, {})
    assert empty.status_code == 422
    assert {"product", "lock", "start", "end"} <= set(empty.context["form"].errors)
    today = clock.today().isoformat()
    data = {"product": str(factories.product().id), "lock": str(lock.id), "language": "en"}
    assert client.post(url, {**data, "start": today, "end": today}).status_code == 302
    reader = Client()
    reader.force_login(factories.make_user(Role.NURSE))
    assert reader.get(url).status_code == 403
