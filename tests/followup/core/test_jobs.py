"""Jobs: once per request, honest outcome, whole file or none, picked up when a worker is lost."""

import hashlib
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy, gettext_noop

from followup.core import audit, clock, jobs
from followup.core.jobs import files
from followup.core.models import Access, Change, Grant, Job, JobProgress
from followup.core.models.jobs import JobEvent
from followup.core.naming import localized_name
from followup.core.permissions import Perm, Role
from followup.core.problems import Denied, NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.core.stored_words import Words, named
from tests import factories

pytestmark = pytest.mark.django_db
CALLS: list[dict] = []


@jobs.handler("test-file", needs=Perm.PATIENT_READ)
def make_file(actor, parameters, progress):
    CALLS.append(parameters)
    if parameters.get("tongue"):
        CALLS[-1] = {"tongue": (translation.get_language(), actor.language)}
    if parameters.get("fail") == "crash":
        raise RuntimeError("secret detail")
    if parameters.get("fail") == "refused":
        raise Refused("7th row lacks a value")
    if parameters.get("fail") == "words":
        raise Refused(Words(gettext_noop("This batch was recorded already.")))
    if parameters.get("fail") == "lazy":
        known = gettext_lazy("This entry was decided on already.")
        raise Refused({"": [known], "end": [Words(gettext_noop("This job has already ended."))]})
    if parameters.get("fail") == "denied":
        raise Denied("PATIENT_READ")
    if parameters.get("fail") == "gone":
        raise NotFound()
    if parameters.get("fail") == "disk":
        raise OSError(28, "No space left on device")
    progress.report(1, 2, "half")
    if parameters.get("cancel"):
        job = Job.objects.get(id=progress.job_id)
        jobs.cancel(actor, job.id)
        progress.every = timedelta(0)
    progress.report(2, 2)
    path = progress.folder / "out.txt"
    path.write_text("结果")
    return jobs.Result(path, "结果 2026.txt", {"rows": 2})


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    CALLS.clear()


@pytest.fixture
def actor():
    return factories.make_actor(Role.NURSE, site=factories.make_site())


def ask(actor, **parameters):
    return jobs.request(actor, "test-file", title="Test", parameters=parameters)


def age(job, **ago):
    JobProgress.objects.filter(job=job).update(beat_at=clock.now() - timedelta(**ago))


def test_the_same_request_is_the_same_job(actor):
    first, again, other = ask(actor, n=1), ask(actor, n=1), ask(actor, n=2)
    assert first.id == again.id != other.id
    jobs.run(first.id)
    assert ask(actor, n=1).id == first.id
    assert len(CALLS) == 1


def test_a_done_job_has_its_file_hash_counts_and_trail(actor):
    job = jobs.run(ask(actor).id)
    assert (job.state, job.manifest, job.file_name) == ("done", {"rows": 2}, "结果 2026.txt")
    row, path = jobs.file_of(actor, job.id)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row.file_sha256
    assert row.file_size == len("结果".encode())
    assert (row.progress.done, row.progress.total) == (2, 2)
    trail = Change.objects.filter(table_name="core_job", row_id=str(job.id)).order_by("id")
    assert [c.action for c in trail] == ["job.request", "job.claim", "job.done"]
    assert Access.objects.get(kind="job.download").subject == str(job.id)
    assert not list((Path(settings.MEDIA_ROOT) / "jobs" / "work").iterdir())


@pytest.mark.parametrize(
    ("fail", "text"),
    [("crash", "RuntimeError"), ("refused", "7th row lacks a value"), ("disk", "disk")],
)
def test_a_failure_is_said_and_leaves_no_file(actor, fail, text):
    job = jobs.run(ask(actor, fail=fail).id)
    assert job.state == "failed"
    assert text in job.error
    assert "secret detail" not in job.error
    with pytest.raises(NotFound):
        jobs.file_of(actor, job.id)
    assert [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()] == []
    again = jobs.retry(actor, job.id)
    assert again.id != job.id


def test_a_disk_that_is_full_when_the_file_is_put_in_place(actor, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    monkeypatch.setattr(shutil, "copyfile", full)
    job = jobs.run(ask(actor).id)
    assert (job.state, job.file_path) == ("failed", "")
    assert [p for p in Path(settings.MEDIA_ROOT).rglob("*") if p.is_file()] == []


def test_cancel_while_waiting_and_while_running(actor):
    waiting = ask(actor)
    assert jobs.cancel(actor, waiting.id).state == "cancelled"
    assert jobs.run(waiting.id) is None
    running = jobs.run(ask(actor, cancel=True).id)
    assert running.state == "cancelled"
    with pytest.raises(Refused):
        jobs.cancel(actor, running.id)


@jobs.handler("test-naming-file", needs=Perm.PATIENT_READ, names_people=True)
def make_file_of_people(actor, parameters, progress):
    """Asked to stop after the last report of progress."""
    path = progress.folder / "out.txt"
    path.write_text("结果")
    if parameters["stop"]:
        jobs.cancel(actor, progress.job_id)
    return jobs.Result(path, "people.txt")


@pytest.mark.parametrize(("stop", "state"), [(True, "cancelled"), (False, "done")])
def test_a_file_that_may_name_people_does_not_outlive_a_late_stop(actor, settings, stop, state):
    asked = jobs.request(actor, "test-naming-file", title="t", parameters={"stop": stop})
    ended = jobs.run(asked.id)
    assert (ended.state, bool(ended.file_path)) == (state, not stop)
    left = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert bool(left) is not stop


def test_a_lost_worker_is_seen_and_the_job_picked_up_again(actor):
    job = ask(actor)
    assert jobs.waiting() == []  # just announced by the request itself
    claimed = jobs.claim(job.id)
    assert claimed.attempts == 1
    assert jobs.claim(job.id) is None
    assert jobs.waiting() == []
    age(job, minutes=4)
    assert jobs.waiting() == [job.id]
    assert jobs.run(job.id).state == "done"
    assert Job.objects.get(id=job.id).attempts == 2


def test_a_job_lost_three_times_fails(actor):
    job = ask(actor)
    for _ in range(jobs.ATTEMPTS):
        assert jobs.claim(job.id) is not None
        age(job, minutes=4)
    assert jobs.claim(job.id) is None
    row = Job.objects.get(id=job.id)
    assert row.state == "failed"
    assert "three times" in row.error


def test_a_slow_worker_that_comes_back_changes_nothing(actor):
    job = ask(actor)
    slow = jobs.claim(job.id)
    age(job, minutes=4)
    done = jobs.run(job.id)
    late = jobs.work._finish(slow, JobEvent.FAIL, error="late")
    assert late.state == "done"
    assert jobs.one(actor, job.id).file_sha256 == done.file_sha256


def test_jobs_are_private(actor):
    job = jobs.run(ask(actor).id)
    other = factories.make_actor(Role.NURSE, site=factories.make_site())
    assert list(jobs.mine(other)) == []
    for call in (jobs.one, jobs.cancel, jobs.retry, jobs.file_of):
        with pytest.raises(NotFound):
            call(other, job.id)


def test_a_role_that_was_taken_away_takes_the_files_along(actor):
    waiting, done = ask(actor, n=1), jobs.run(ask(actor, n=2).id)
    user = Job.objects.get(id=done.id).user
    with audit.acting(factories.SYSTEM, "test.revoke"):
        Grant.objects.filter(user=user).update(revoked_at=clock.now())
    bare = actor_of(user)
    with pytest.raises(Denied):
        jobs.file_of(bare, done.id)
    assert jobs.run(waiting.id).state == "failed"


def test_files_are_forgotten_after_a_week_and_made_again_on_request(actor):
    job = jobs.run(ask(actor).id)
    assert jobs.forget_files() == 0
    with audit.acting(factories.SYSTEM, "test.age"):
        Job.objects.filter(id=job.id).update(finished_at=clock.now() - timedelta(days=8))
    left = Path(settings.MEDIA_ROOT) / "jobs" / "work" / "left-by-a-killed-worker"
    left.mkdir(parents=True)
    assert jobs.forget_files() == 1
    row = Job.objects.get(id=job.id)
    assert (row.file_path, row.file_sha256) == ("", job.file_sha256)
    with pytest.raises(NotFound):
        jobs.file_of(actor, job.id)
    again = ask(actor)
    assert (again.id, again.state) == (job.id, "queued")
    assert jobs.run(job.id).file_path


def test_an_unknown_kind_fails_in_the_row(actor):
    job = ask(actor)
    with audit.acting(factories.SYSTEM, "test.kind"):
        Job.objects.filter(id=job.id).update(kind="gone")
    assert jobs.run(job.id).state == "failed"


def test_the_time_left_follows_the_pace(actor):
    job = jobs.claim(ask(actor).id)
    assert jobs.seconds_left(jobs.one(actor, job.id)) is None
    JobProgress.objects.filter(job=job).update(done=10, total=40)
    job = jobs.one(actor, job.id)
    job.started_at = clock.now() - timedelta(seconds=20)
    assert 58 <= jobs.seconds_left(job) <= 62
    assert jobs.active_count(actor) == 1


@pytest.mark.parametrize(("chosen", "written"), [("", "en"), ("zh-hans", "zh-hans")])
def test_a_file_is_in_the_language_its_page_was_read_in(chosen, written):
    """Who never chose a language reads that of the browser; the file came in Chinese."""
    user = factories.make_user(Role.NURSE, site=factories.make_site(), language=chosen)
    actor = actor_of(user)
    with translation.override("zh-hans"):
        other = ask(actor, tongue=True)
    with translation.override(chosen or "en"):  # as a request of theirs has it
        job = ask(actor, tongue=True)
    assert (job.id == other.id) is bool(chosen), "another language is another file"
    jobs.run(job.id)
    assert CALLS[-1] == {"tongue": (written, written)}


def read_in(language, job):
    with translation.override(language):
        return str(job), job.problem


def test_a_title_is_read_in_the_language_of_its_reader(actor):
    site = factories.make_site()
    title = Words(gettext_noop("Data of %(site)s"), {"site": named(localized_name, site)})
    with translation.override("zh-hans"):
        job = jobs.request(actor, "test-file", title=title, parameters={"fail": "disk"})
    assert job.title == f"{site.name_zh}的数据"
    assert read_in("en", job)[0] == f"Data of {site.name_en}"
    assert read_in("zh-hans", job)[0] == f"{site.name_zh}的数据"
    jobs.run(job.id)
    job.refresh_from_db()
    assert read_in("en", job)[1].startswith("The file could not be written")
    assert read_in("zh-hans", job)[1].startswith("文件")
    again = jobs.retry(actor, job.id)
    assert read_in("en", again)[0] == f"Data of {site.name_en}"
    assert read_in("en", again)[1] == "", "the new one has not failed"


@pytest.mark.parametrize(
    ("fail", "english", "chinese"),
    [
        ("words", "This batch was recorded already.", "该批次已录入。"),
        ("lazy", "This entry was decided on already. This job has", "该录入已有决定。 该任务已经"),
        ("denied", "You no longer have the permission", "已没有"),
        ("gone", "What this work was about is no longer there", "这项"),
        ("refused", "7th row lacks a value", "7th row lacks a value"),
    ],
)
def test_why_the_work_was_refused_is_read_in_the_language_of_its_reader(
    actor, fail, english, chinese
):
    job = ask(actor, fail=fail)
    jobs.run(job.id)
    job.refresh_from_db()
    assert read_in("en", job)[1].startswith(english)
    assert read_in("zh-hans", job)[1].startswith(chinese)


def test_a_title_kept_as_text_or_beyond_reading_is_shown_as_it_is(actor):
    assert str(ask(actor, n=1)) == "Test"
    assert Words.of({}) is None
    assert Words.of({"text": 7}) is None
    assert str(Words("%(site)s %(day)s", {"site": "x"})) == "%(site)s %(day)s"
    assert str(Words("100 %", {})) == "100 %"
