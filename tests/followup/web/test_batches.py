"""Contacts in a batch: good rows in, bad rows back in both languages, nothing twice, undone."""

from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import batch_jobs
from followup.actions import batches as actions
from followup.actions.batches import Outcome
from followup.core import audit, clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.batches import DIGITS, FIELDS
from followup.models import Patient, PlannedVisit, Visit, VisitBatch, VisitBatchRow
from followup.queries import batch_visits, fields
from followup.queries import batches as queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(site):
    """Three patients of a hospital, each with a visit that is due."""
    nurse = factories.make_actor(Role.NURSE, site=site)
    day = clock.today() - timedelta(days=92)
    patients = [factories.register_in_time(nurse, site, infused_on=day) for _n in range(3)]
    return nurse, patients


@pytest.fixture
def client(site):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    return client


def in_window(nurse, site):
    today = clock.today()
    due = queries.asked(nurse, site, today=today)
    return [visit for visit in due if visit.window_start <= today <= visit.due]


HEAD = (
    "研究编号,访视,contact_on,contact_type,Informant,vital_status,died_on_text,new_malignancy,姓名"
)


def row(code: str, visit: str = "", on: str = "", vital: str = "ALIVE", died="", new="NO") -> str:
    return f"{code},{visit},{on or clock.today()},PHONE,PATIENT,{vital},{died},{new},王小明"


def sent(client, site, lines: list[str]) -> VisitBatch:
    heads = HEAD.split(",")
    heads[4] = fields.both(next(f for f in FIELDS if f.name == "informant"))[1]
    content = "\r\n".join([",".join(heads), *lines]).encode()
    upload = SimpleUploadedFile("随访.csv", content)
    answer = client.post(reverse("batches"), {"site": site.id, "file": upload})
    assert answer.status_code == 302, answer.content.decode()
    return VisitBatch.objects.get()


def run(kind: str) -> Job:
    job = jobs.run(Job.objects.filter(kind=kind, state="queued").latest("requested_at").id)
    assert job is not None
    assert job.state == "done", job.error
    return job


def refused(job: Job) -> dict[int, tuple[str, str]]:
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    rows = book.worksheets[0].iter_rows(min_row=2, values_only=True)
    width = len(FIELDS)
    return {row[width]: row[width + 1 : width + 3] for row in rows if row[0] or row[width]}


def test_good_rows_are_recorded_and_bad_ones_come_back(world, client, site) -> None:
    nurse, (first, second, third) = world
    stranger_site = factories.make_site()
    stranger = factories.register(
        factories.make_actor(Role.NURSE, site=stranger_site), stranger_site
    )
    open_visit, *_others = in_window(nurse, site)
    lines = [
        row(open_visit.study_code, open_visit.code),
        row(second.study_code, vital="DEAD"),
        row(third.study_code, new="YES"),
        row(stranger.study_code),
        row(second.study_code, vital="gesund"),
        row(second.study_code, on="2026/13/45"),
        row(open_visit.study_code, open_visit.code),
        row(third.study_code, vital="=1+1"),
        row(third.study_code, "D0"),
        f"{second.study_code},D14",  # as the template has it: nobody was called
    ]
    batch = sent(client, site, lines)
    assert "王小明" not in str(batch.rows)
    page = client.get(reverse("batch", args=[batch.id]))
    assert page.status_code == 200
    waits = Job.objects.get(kind=batch_jobs.KIND)
    assert reverse("job-status", args=[waits.id]) in page.content.decode(), "followed on its page"
    job = run(batch_jobs.KIND)
    page = client.get(reverse("batch", args=[batch.id]))
    assert reverse("job-file", args=[job.id]) in page.content.decode(), "the rows that come back"
    assert not Visit.objects.exists()
    found = refused(job)
    assert sorted(found) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "outside the window of D0" in found[10][1]
    chinese, english = found[6]
    assert "gesund" in chinese
    assert "生存状态" in chinese
    assert "Vital status" in english
    assert (
        client.post(reverse("batch-start", args=[batch.id]), {"then": "import"}).status_code == 302
    )
    run(batch_jobs.KIND)
    visit = Visit.objects.get()
    assert (visit.vital_status, visit.new_malignancy, visit.other_event) == ("ALIVE", "NO", "")
    assert visit.planned_id == open_visit.id
    batch.refresh_from_db()
    assert batch.counts == {"rows": 10, "recorded": 1, "refused": 8, "empty": 1}
    assert "Rows left empty" in client.get(reverse("batch", args=[batch.id])).content.decode()
    client.post(reverse("batch-start", args=[batch.id]), {"then": "import"})
    assert Visit.objects.count() == 1


def test_a_dry_run_is_followed_where_it_is_read_and_asked_for_again_when_it_failed(
    world, client, site
) -> None:
    """Whoever waited for one that had failed was told to look again in a moment, for ever."""
    batch = sent(client, site, [row(world[1][0].study_code)])
    address = reverse("batch", args=[batch.id])
    job = Job.objects.get()
    waits = client.get(address).content.decode()
    assert reverse("job-status", args=[job.id]) in waits
    assert 'value="dry"' not in waits, "it is not asked for twice"
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.fail"):
        Job.objects.update(state=Job.State.FAILED)
    assert 'value="dry"' in client.get(address).content.decode()
    client.post(reverse("batch-start", args=[batch.id]), {"then": "dry"})
    run("visit-batch")
    assert 'value="import"' in client.get(address).content.decode()


def test_a_worker_that_was_lost_records_nothing_twice(world, site) -> None:
    nurse, (first, *_rest) = world
    texts = {
        "study_code": first.study_code,
        "contact_on": str(clock.today()),
        "contact_type": "PHONE",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
    }
    batch = actions.keep(nurse, site, name="x", rows=[(2, texts)])
    for _time in range(2):
        out = Outcome()
        actions.apply(nurse, batch, rows=batch.rows, dry=False, out=out)
        assert out.counts == {"recorded": 1}
    assert Visit.objects.count() == 1
    with pytest.raises(Refused):
        actions.keep(nurse, site, name="x", rows=[(n, texts) for n in range(1001)])


def test_the_grid_records_the_good_row_and_says_what_is_wrong_with_the_other(
    world, client, site
) -> None:
    nurse, _patients = world
    url = reverse("batch-grid")
    assert client.get(url).status_code == 200
    one, two, *_more = in_window(nurse, site)
    day = str(clock.today())
    body = {
        "contact_type": "PHONE",
        "informant": "FAMILY",
        **{f"contact_on-{v.id}": day for v in (one, two)},
        f"vital_status-{one.id}": "1",
        f"disease_status-{one.id}": "1",
        f"new_malignancy-{one.id}": "1",
        f"vital_status-{two.id}": "2",
    }
    answer = client.post(url, body)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'value="2"' in text
    assert "date of death" in text
    visit = Visit.objects.get()
    assert visit.planned_id == one.id
    assert (visit.vital_status, visit.disease_status, visit.new_malignancy) == tuple(
        DIGITS[name][0] for name in DIGITS
    )
    empty = client.post(url, {"contact_type": "PHONE"}, follow=True)
    assert len(list(empty.context["messages"])) == 1, "a press that recorded nothing says so"
    assert Visit.objects.count() == 1
    late = client.post(
        f"{url}?code=other",
        {
            "contact_type": "PHONE",
            f"code-{two.id}": f"{two.study_code} {two.code}",
            f"contact_on-{two.id}": day,
            f"vital_status-{two.id}": "1",
            "vital_status-x": "",
        },
        follow=True,
    )
    said = [str(message) for message in late.context["messages"]]
    assert len(said) == 1
    assert said[0].endswith(f": {two.study_code} {two.code}")
    assert Visit.objects.count() == 1


def test_a_death_of_a_grid_or_a_sheet_has_its_cause(world, client, site) -> None:
    nurse, (_first, second, _third) = world
    url = reverse("batch-grid")
    one, *_more = in_window(nurse, site)
    day = str(clock.today())
    body = {
        "contact_type": "PHONE",
        "informant": "FAMILY",
        f"contact_on-{one.id}": day,
        f"vital_status-{one.id}": "2",
        f"died_on_text-{one.id}": day[:7],
        f"death_cause-{one.id}": "脑出血",
        f"death_cause_code-{one.id}": "61.9",
    }
    answer = client.post(url, body)
    assert answer.status_code == 422
    assert 'value="脑出血"' in answer.content.decode(), "what was typed stays"
    assert client.post(url, body | {f"death_cause_code-{one.id}": "i61.9"}).status_code == 302
    visit = Visit.objects.get()
    assert (visit.death_cause, visit.death_cause_code) == ("脑出血", "I61.9")
    assert (visit.died_on_text, visit.autopsy) == (day[:7], "")
    head = "研究编号,contact_on,contact_type,informant,vital_status,died_on_text,"
    head += "死亡原因,根本死因ICD-10编码,autopsy,death_related"
    line = f"{second.study_code},{day},PHONE,FAMILY,DEAD,{day[:7]},肺炎,J18.9,NO,NOT_RELATED"
    batch = actions.receive(nurse, site, name="死亡.csv", content=f"{head}\r\n{line}".encode())
    out = Outcome()
    actions.apply(nurse, batch, rows=batch.rows, dry=False, out=out)
    assert out.faults == []
    told = Visit.objects.get(patient=second)
    assert (told.death_cause, told.death_cause_code) == ("肺炎", "J18.9")
    assert (told.autopsy, told.death_related) == ("NO", "NOT_RELATED")


def test_a_visit_of_two_infusions_is_the_open_one_or_asked_for() -> None:
    day = clock.today()

    def planned(start: int, state: str = "PLANNED") -> PlannedVisit:
        first, last = day + timedelta(days=start), day + timedelta(days=start + 10)
        return PlannedVisit(code="D28", window_start=first, due=last, state=state)

    done, now, later = planned(-400, "DONE_IN_WINDOW"), planned(-5), planned(60)

    def meant(*plan: PlannedVisit, outside: bool = True) -> PlannedVisit:
        return batch_visits.named(plan, "d28", day, outside=outside)

    assert meant(done, later) is later
    assert meant(done, now, later) is now
    assert meant(done) is done
    with pytest.raises(Refused, match="D28"):
        meant(planned(-100), later)
    with pytest.raises(Refused, match="D28"):
        meant(now, planned(-4))
    cancelled, missed = planned(-4, "CANCELLED"), planned(-5, "MISSED")
    assert meant(cancelled, now) is now
    with pytest.raises(Refused, match="D28"):
        meant(missed, now)
    with translation.override("en"), pytest.raises(Refused, match="cancelled"):
        meant(cancelled)


def test_a_row_that_names_no_visit_takes_no_cancelled_and_no_missed_one(monkeypatch) -> None:
    day = clock.today()

    def plan(*states: str) -> PlannedVisit | None:
        window = {"window_start": day, "due": day, "code": "M6"}
        rows = [PlannedVisit(state=state, **window) for state in states]
        monkeypatch.setattr(batch_visits.cohorts, "planned", lambda _patient: rows)
        return batch_visits.meant(Patient(), "", day, outside=False)

    assert plan("DONE_IN_WINDOW", "CANCELLED") is None
    assert plan("CANCELLED", "MISSED", "PLANNED").state == "PLANNED"
    with translation.override("en"), pytest.raises(Refused, match="M6, which counts as missed"):
        plan("MISSED")


def test_a_grid_that_recorded_nothing_keeps_no_batch_and_a_kept_one_is_named_in_words(
    world, client, site
) -> None:
    nurse, _patients = world
    one, *_more = in_window(nurse, site)
    url, day = reverse("batch-grid"), str(clock.today())
    body = {"contact_type": "PHONE", "informant": "FAMILY", f"contact_on-{one.id}": day}
    for _press in range(2):
        assert client.post(url, {**body, f"vital_status-{one.id}": "9"}).status_code == 422
    assert not VisitBatch.objects.exists()
    assert client.post(url, {**body, f"vital_status-{one.id}": "1"}).status_code == 302
    batch = VisitBatch.objects.get()
    assert batch.name == f"@/grid {day}"
    with translation.override("en"):
        assert batch.title == f"Grid of {day}"
        assert VisitBatch(name="@/pasted").title == "Pasted rows"
    assert f">Grid of {day}<" in client.get(reverse("batches")).content.decode()


def test_who_works_at_several_hospitals_is_asked_which_one(world, site) -> None:
    factories.make_site()
    client = Client()
    client.force_login(factories.make_user(Role.NURSE))
    assert 'name="site" required' in client.get(reverse("batches")).content.decode()
    refused = client.post(reverse("batch-template"), follow=True)
    assert [str(each) for each in refused.context["messages"]] == ["Choose the hospital."]
    assert not Job.objects.exists()
    assert client.post(reverse("batch-template"), {"site": str(site.id)}).status_code == 302
    assert Job.objects.get().parameters["site"] == str(site.id)
    for page in ("batch-grid", "cover"):
        unnamed = client.get(reverse(page)).content.decode()
        assert "Choose the hospital." in unnamed
        assert "csrfmiddlewaretoken" not in unnamed.split("<main")[1].split("</main")[0]
        named = client.get(f"{reverse(page)}?site={site.id}").content.decode()
        assert "Choose the hospital." not in named
        assert 'method="post"' in named.split("<main")[1].split("</main")[0]


def test_a_batch_is_undone_but_for_what_safety_knows(world, client, site) -> None:
    nurse, _patients = world
    one, two, *_more = in_window(nurse, site)
    rows = [
        (
            number,
            {
                "study_code": visit.study_code,
                "visit_code": visit.code,
                "contact_on": str(clock.today()),
                "contact_type": "PHONE",
                "informant": "FAMILY",
                "vital_status": vital,
                **({"died_on_text": str(clock.today())} if vital == "DEAD" else {}),
            },
        )
        for number, (visit, vital) in enumerate(((one, "ALIVE"), (two, "DEAD")), 1)
    ]
    batch = actions.keep(nurse, site, name="x", rows=rows)
    out = Outcome()
    actions.apply(nurse, batch, rows=rows, dry=False, out=out)
    assert out.faults == []
    actions.note(nurse, batch, counts=out.counts, dry=False)
    url = reverse("batch", args=[batch.id])
    with clock.pinned(clock.now() + timedelta(hours=5)):
        assert client.post(url, {"reason": ""}).status_code == 422
        assert client.post(url, {"reason": "wrong sheet"}).status_code == 302
    assert VisitBatchRow.objects.get(number=1).visit.undone_at is not None
    assert VisitBatchRow.objects.get(number=2).visit.undone_at is None
    assert PlannedVisit.objects.get(id=one.id).done_on is None
    batch.refresh_from_db()
    assert (batch.counts["undone"], batch.counts["left"]) == (1, 1)
    assert client.post(url, {"reason": "again"}).status_code == 422


def test_the_template_asks_for_what_is_due_and_is_read_back(world, client, site) -> None:
    nurse, patients = world
    assert client.post(reverse("batch-template"), {"site": site.id}).status_code == 302
    job = run(batch_jobs.TEMPLATE)
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    head, *lines = book.worksheets[0].iter_rows(values_only=True)
    names = queries.headings()
    assert [names["".join(text.casefold().split())] for text in head] == [f.name for f in FIELDS]
    assert {line[0] for line in lines} == {patient.study_code for patient in patients}
    assert not any(cell for line in lines for cell in line[2:])
    answer = client.post(reverse("batches"), {"site": site.id, "pasted": "a\tb\n1\t2"})
    assert answer.status_code == 422
    assert client.post(reverse("batches"), {"site": site.id}).status_code == 422


def test_another_hospital_sees_no_batch(world, client, site) -> None:
    nurse, (first, *_rest) = world
    batch = actions.keep(nurse, site, name="x", rows=[(2, {"study_code": first.study_code})])
    other = Client()
    other.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    for name in ("batch", "batch-start"):
        assert other.post(reverse(name, args=[batch.id])).status_code == 404
    assert first.study_code not in other.get(reverse("batch-grid")).content.decode()
    auditor = Client()
    auditor.force_login(factories.make_user(Role.AUDITOR))
    assert auditor.get(reverse("batches")).status_code == 403
