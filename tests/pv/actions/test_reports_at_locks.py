"""A report at a lock is the same for ever, and two locks say what changed between them."""

import json
import os
import random
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from followup.actions import data_locks as lock_actions
from followup.actions import seals, trail_reviews
from followup.core import audit, clock, jobs
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent
from followup.queries import data_locks
from pv.actions import reports
from pv.models import AggregateReport, Case
from tests import factories

pytestmark = pytest.mark.django_db
REPORTS = int(os.environ.get("EVERWATCH_TRUST_REPORTS", "1"))  # locked, each compared again
EDITS = int(os.environ.get("EVERWATCH_TRUST_REPORT_EDITS", "20"))  # after the last lock
PERIOD = {"start": clock.today().replace(month=1, day=1), "end": clock.today()}


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def product():
    return factories.product()


@pytest.fixture
def manager():
    return factories.make_user(Role.STUDY_MANAGER)


def report_case(product, verbatim: str):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, product_row=product)
    factories.malignancy(nurse, patient, verbatim=verbatim, seriousness=["OTHER_IMPORTANT"])
    return Case.objects.get(patient=patient)


def files(user, product, lock) -> dict[str, bytes]:
    job = reports.request(actor_of(user), product_id=product.id, language="en", lock=lock, **PERIOD)
    done = jobs.run(job.id) or jobs.one(actor_of(user), job.id)
    assert done.state == "done", done.error
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / done.file_path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited(dice: random.Random, numbers: range) -> None:
    for number in numbers:
        with transaction.atomic(), audit.acting(factories.SYSTEM, "test.edit"):
            case = dice.choice(list(Case.objects.all()))
            case.versions.update(serious=dice.random() < 0.5)
            Case.objects.filter(id=case.id).update(lock_version=number + 2)
            AdverseEvent.objects.update(verbatim=f"changed {number}")


@pytest.mark.figure("F21")
def test_a_lock_gives_the_same_bytes_after_many_edits(product, manager, measured) -> None:
    report_case(product, "T-cell lymphoma")
    report_case(product, "Leukaemia")
    dice, kept = random.Random(1), []
    for number in range(REPORTS):
        lock = lock_actions.make(factories.SYSTEM, name=f"PSUR {number + 1}")
        kept.append((lock, files(manager, product, lock)))
        edited(dice, range(number, number + 1))
    edited(dice, range(REPORTS, REPORTS + EDITS))
    report_case(product, "Third")
    other = factories.make_user(Role.STUDY_MANAGER)
    differing = []
    for lock, first in kept:
        again = files(other, product, lock)
        names = ("cases.jsonl", "report.pdf", "report.xlsx")
        differing += [f"{lock.name} {name}" for name in names if again[name] != first[name]]
    measured(
        "F21",
        f"{len(differing)} files of {len(kept)} locked reports differ after {EDITS} further edits",
        reports=len(kept),
    )
    assert differing == []
    (lock, first), now = kept[0], files(other, product, None)
    assert len(now["cases.jsonl"].splitlines()) == 3
    assert len(first["cases.jsonl"].splitlines()) == 2
    manifest = json.loads(first["manifest.json"])
    assert manifest["lock"]["seq"] == lock.seq
    assert manifest["lock"]["chain"] == lock.chain
    assert manifest["lock"]["versions"]["reference"]


def test_two_locks_say_what_changed_count_by_count_and_row_by_row(product, manager) -> None:
    report_case(product, "First")
    one = lock_actions.make(factories.SYSTEM, name="one")
    case = report_case(product, "Second")
    two = lock_actions.make(factories.SYSTEM, name="two")
    counts = {c.table: c for c in data_locks.counts(factories.SYSTEM, one, two)}
    assert (counts["pv_case"].first, counts["pv_case"].second) == (1, 2)
    rows, _key = data_locks.changed(factories.SYSTEM, one, two)
    cases = [row for row in rows if row.table == "pv_case"]
    assert [(row.row, row.operation) for row in cases] == [(str(case.id), "INSERT")]
    assert data_locks.images(one, "pv_case", str(case.id)) is None
    assert data_locks.images(two, "pv_case", str(case.id))["id"] == case.id


def test_a_lock_has_a_name_of_its_own_and_needs_the_right(product) -> None:
    report_case(product, "First")
    manager = factories.make_actor(Role.STUDY_MANAGER)
    lock_actions.make(manager, name="one")
    with pytest.raises(Refused):
        lock_actions.make(manager, name="one")
    with pytest.raises(Refused):
        lock_actions.make(manager, name="  ")
    with pytest.raises(Denied):
        lock_actions.make(factories.make_actor(Role.NURSE), name="two")


@pytest.mark.parametrize(("language", "word"), [("en", "Data lock"), ("zh-hans", "数据锁定")])
def test_locks_are_made_and_compared_on_their_pages(product, language, word, monkeypatch) -> None:
    report_case(product, "First")
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY, language=language))
    for name in ("one", "two"):
        made = client.post("/locks/", {"name": name, "purpose": "PSUR"}, follow=True)
        assert made.status_code == 200
        report_case(product, "More")
    twice = client.post("/locks/", {"name": "two"})
    assert twice.status_code == 422
    assert 'value="two"' in twice.content.decode()
    one, two = data_locks.locks(factories.SYSTEM).order_by("seq")
    page = client.get(f"/locks/{one.pk}/compare/?lock={two.pk}", follow=True)
    assert page.status_code == 200
    assert "+1" in page.content.decode()
    assert word in client.get("/locks/").content.decode()
    monkeypatch.setattr(data_locks, "PAGE", 1)
    first = client.get("/locks/").content.decode()
    assert (str(two.pk) in first, str(one.pk) in first) == (True, False)
    key = re.search(r'after=([^"&]+)" rel="next"', first)[1]
    assert str(one.pk) in client.get("/locks/", {"after": unquote(key)}).content.decode()
    # An old lock is no longer offered to all, and stays with what was made at it.
    monkeypatch.setattr(data_locks, "OFFERED", 1)
    asked = {"lock": str(one.pk)}
    for address in ("/cohort/", "/listings/"):
        assert str(one.pk) not in client.get(address).content.decode()
        page = client.get(address, asked)
        assert page.status_code == 200
        assert f'value="{one.pk}" selected' in page.content.decode()
    given = {"kind": "LTFU_INTERIM", "product": product.id, "commitment": "", **PERIOD, **asked}
    made = client.post("/reports/written/new/", given)
    assert made.status_code == 302
    basis = client.get(f"{made.url}basis/").content.decode()
    assert f'value="{one.pk}" selected' in basis
    given["lock"] = "nothing"
    assert client.post("/reports/written/new/", given).status_code == 422
    # It is found by its name, by a part of it, and among several of a part.
    given |= {"lock": "", "lock_named": "nowhere"}
    refused = client.post("/reports/written/new/", given)
    assert refused.status_code == 422
    assert "nowhere" in refused.content.decode()
    given["lock_named"] = "on"
    made = client.post("/reports/written/new/", given)
    assert AggregateReport.objects.get(id=made.url.split("/")[-2]).lock == one
    lock_actions.make(factories.SYSTEM, name="one more")
    for address in ("/cohort/", "/listings/"):
        page = client.get(address, {"lock_named": "one"}).content.decode()
        assert f'value="{one.pk}" selected' in page, "the whole name is that lock"
        several = client.get(address, {"lock_named": "on"})
        assert several.status_code == 422
        assert str(one.pk) in several.content.decode()
    assert client.get(f"/locks/{two.pk}/compare/", {"lock_named": "one"}).url.endswith(f"{one.pk}/")
    assert client.get(f"/locks/{two.pk}/compare/", {"lock_named": "no"}).status_code == 422
    listed = client.get("/locks/", {"name": "more"}).content.decode()
    assert ("one more" in listed, str(two.pk) in listed) == (True, False)


def test_a_reviewer_records_the_review_of_a_period(product) -> None:
    report_case(product, "First")
    seals.seal_all(factories.SYSTEM)
    site = factories.make_site()
    lead = factories.make_actor(Role.SITE_LEAD, site=site)
    day = clock.today()
    with pytest.raises(Refused):
        trail_reviews.record(lead, since=day, until=day, remarks="x")
    with pytest.raises(Denied):
        trail_reviews.record(lead, since=day, until=day, site=factories.make_site().id, remarks="x")
    row = trail_reviews.record(lead, since=day, until=day, site=site.id, remarks="sampled")
    assert row.changes >= 1
    client = Client()
    client.force_login(factories.make_user(Role.AUDITOR))
    page = client.post(
        "/seal/",
        {"since": str(day), "until": str(day), "site": "", "remarks": "all read"},
        follow=True,
    )
    assert "all read" in page.content.decode()
    assert "sampled" in page.content.decode()
    assert client.get(f"/sign/trail_review/{row.pk}/").status_code == 200
