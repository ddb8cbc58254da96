"""Search and erasure as jobs: killed anywhere they end the same; what came since is found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from followup.actions import cohort_files, drafts, erasure_jobs, erasure_steps, erasures
from followup.actions.identity import telephones
from followup.actions.identity.persons import Contact
from followup.actions.laboratory import files as laboratory
from followup.core import audit, clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress
from followup.core.models import Change, Draft, Job, JobProgress
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.models import DataKey, Identity, IdentityErasure, Patient, Site
from followup.queries import erasure_files
from followup.queries import erasure_searches as searches
from followup.queries import erasures as queries
from tests import factories

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a worker that is killed leaves behind: nothing after this moment happens."""


@pytest.fixture
def lead(site: Site, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Actor:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    settings.MEDIA_ROOT = str(tmp_path)
    monkeypatch.setattr(erasure_jobs, "KEPT_EVERY", 3)
    monkeypatch.setattr(erasure_files, "ROWS", 2)
    return factories.make_actor(Role.SITE_LEAD, site=site)


@pytest.fixture
def second(site: Site) -> Actor:
    return factories.make_actor(Role.SITE_LEAD, site=site)


def sheet(*names: str) -> bytes:
    return ("姓名,项目,结果\n" + "".join(f"{name},IgG,7.1\n" for name in names)).encode()


class World:
    """A hospital with files of everybody; each person has a file of their own as well."""

    def __init__(self, lead: Actor, site: Site) -> None:
        self.lead, self.site = lead, site
        self.nurse = factories.make_actor(Role.NURSE, site=site)
        self.source = laboratory.add_source(self.nurse, site, name="lab")

    def person(self, name: str) -> Patient:
        person = replace(factories.person(name), birth_date=None, national_id="")
        patient = factories.register(self.nurse, self.site, identity=person)
        self.file(f"{name}.csv", name)
        self.file(f"{name}-2.csv", "nobody", name)
        content = sheet(name, "cohort")
        cohort_files.receive(self.nurse, self.site, name=f"{name}.csv", content=content)
        typed = {"name": [name]}
        values = {"form": "registration", "subject": name, "address": "/", "label": ""}
        drafts.save(self.nurse, fields=typed, **values)
        return patient

    def file(self, title: str, *names: str) -> str:
        row = laboratory.receive(self.nurse, self.source, name=title, content=sheet(*names))
        return str(row.id)

    def asked(self, patient: Patient) -> IdentityErasure:
        keys = [each.key for each in erasures._questions(patient)]
        return erasures.ask(self.lead, patient, ground="REQUEST", reason="a letter", confirmed=keys)


@pytest.fixture
def world(lead: Actor, site: Site) -> World:
    made = World(lead, site)
    for number in range(5):
        made.file(f"other{number}.csv", f"other{number}")
    return made


def run(row: IdentityErasure) -> IdentityErasure:
    job = jobs.run(row.job_id)
    assert job is not None
    assert job.state == "done", job.error
    row.refresh_from_db()
    return row


def lost(row: IdentityErasure) -> None:
    """The worker has shown no life for longer than is waited."""
    JobProgress.objects.filter(job=row.job_id).update(
        beat_at=clock.now() - jobs.STALE - timedelta(seconds=1)
    )


def killing(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[], int]:
    """Be killed at the step of this number; how many steps there were is told afterwards."""
    count = Counter[str]()

    def wrapped(step: Callable[..., Any]) -> Callable[..., Any]:
        def go(*args: Any, **kwargs: Any) -> Any:
            count["steps"] += 1
            if count["steps"] == at:
                raise Killed
            done = step(*args, **kwargs)
            count["steps"] += 1
            if count["steps"] == at:
                raise Killed
            return done

        return go

    names = ("note_search", "list_files", "erase_file", "erase_results", "finish")
    for name in names:
        monkeypatch.setattr(erasure_steps, name, wrapped(getattr(erasure_steps, name)))
    monkeypatch.setattr(Progress, "keep", wrapped(Progress.keep))
    return lambda: count["steps"]


def trail_of(row: IdentityErasure) -> list[str]:
    rows = Change.objects.filter(table_name="followup_identityerasure", row_id=str(row.id))
    return list(rows.order_by("id").values_list("action", flat=True))


def test_killed_anywhere_the_search_and_the_erasure_end_the_same(
    world: World, second: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏")

    def outcome(at: int, kind: str) -> tuple[Any, ...]:
        name = next(names) + "清源远"
        patient = world.person(name)
        row = world.asked(patient)
        ends = {}
        for turn in ("search", "erase"):
            with monkeypatch.context() as patched:
                steps = killing(patched, at if turn == kind else 0)
                try:
                    run(row)
                except Killed:
                    lost(row)
            if Job.objects.get(id=row.job_id).state != "done":
                run(row)
            row.refresh_from_db()
            ends[turn] = steps()
            if turn == "search":
                erasures.decide(second, row, confirm=True)
                row.refresh_from_db()
        assert len(row.files) == 3
        keys = DataKey.objects.filter(owner__in=[patient.id, *row.files])
        left = searches.sought(patient.id).versions
        return ends, (row.state, len(row.files), row.done, trail_of(row), keys.count(), left)

    steps, plain = outcome(0, "")
    assert plain[0] == "DONE"
    assert plain[2]["files"] == 3
    assert (plain[4], plain[5]) == (0, {})
    assert plain[2]["drafts"] == plain[2]["identities"] == 1
    for kind in ("search", "erase"):
        for at in range(1, steps[kind] + 1, max(2, steps[kind] // 6) | 1):
            assert outcome(at, kind)[1] == plain, (kind, at)
    assert not Draft.objects.exists()
    others = [row for row in world.source.files.all() if row.name.startswith("other")]
    assert len(others) == DataKey.objects.filter(owner__in=[row.id for row in others]).count() == 5


def test_what_came_after_the_search_is_shown_and_found_at_erasing(
    world: World, second: Actor, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = world.person("欧阳清源")
    row = run(world.asked(patient))
    assert queries.outdated(row) is None
    assert len(row.found["files"]) == 3
    late = world.file("late.csv", "欧阳清源", "late")
    came = queries.outdated(row)
    assert came is not None
    assert (came.files, came.identity) == (1, False)
    contact = Contact(phone="13911112222", whose="FAMILY", person="欧阳母", relation="MOTHER")
    by_phone = world.file("phone.csv", "139-1111-2222")
    telephones.add(world.nurse, patient, contact=contact, version=1)
    came = queries.outdated(row)
    assert came is not None
    assert (came.files, came.identity) == (2, True)
    row = erasures.decide(second, row, confirm=True)
    meanwhile: list[str] = []
    real = erasure_steps.erase_file

    def erase_file(*args: Any, **kwargs: Any) -> int:
        if not meanwhile:
            meanwhile.append(world.file("meanwhile.csv", "欧阳清源", "during"))
        return real(*args, **kwargs)

    monkeypatch.setattr(erasure_steps, "erase_file", erase_file)
    monkeypatch.setattr(erasure_steps, "FEW", 0)  # not even one file is left to the last step
    row = run(row)
    assert {late, by_phone, *meanwhile} < set(row.files)
    assert len(row.files) == 6
    assert not DataKey.objects.filter(owner__in=row.files).exists()
    assert Identity.objects.get(patient=patient).erased_on


def test_a_search_that_failed_goes_on_and_an_erasure_that_was_stopped_too(
    world: World, second: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = world.person("欧阳清源")
    row = world.asked(patient)
    assert erasures.search_again(world.lead, row).job_id == row.job_id, "one runs already"
    with monkeypatch.context() as patched:
        patched.setattr(searches, "texts", lambda *_: (_ for _ in ()).throw(OSError("disk")))
        job = jobs.run(row.job_id)
    assert job is not None
    assert job.state == "failed"
    assert queries.search_of(row, job) is queries.SearchState.FAILED
    row = erasures.search_again(second, row)
    with monkeypatch.context() as patched:
        patched.setattr(erasure_files, "_read", lambda *_: pytest.fail("files are not read twice"))
        row = run(row)
    assert len(row.found["files"]) == 3
    with pytest.raises(Refused):
        erasures.decide(world.lead, row, confirm=True)
    row = erasures.decide(second, row, confirm=True)
    with pytest.raises(Refused):
        erasures.search_again(second, row)
    assert queries.open_of(second, patient) == row
    jobs.cancel(second, row.job_id)
    third = factories.make_actor(Role.SITE_LEAD, site=world.site)
    row = erasures.go_on(third, row)
    assert run(row).state == "DONE"
    assert row.decided_by_id == second.id
    with pytest.raises(Refused):
        erasures.go_on(third, row)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.file"):
        Job.objects.filter(id=row.job_id).update(state="queued")
    assert run(row).state == "DONE", "done once more it changes nothing"


def test_a_file_nobody_can_read_is_counted_and_stops_nothing(world: World, second: Actor) -> None:
    patient = world.person("欧阳清源")
    broken = world.file("broken.csv", "欧阳清源", "x")
    DataKey.objects.filter(owner=broken).update(wrapped="v1:nobody:AAAA")
    row = run(world.asked(patient))
    assert row.found["unread"] == [broken]
    assert run(erasures.decide(second, row, confirm=True)).state == "DONE"
