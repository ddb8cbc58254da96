"""What a work-up has to get done: days, owners, orders, the board, the end and the dossier."""

import io
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.samples import Moment
from followup.models import Sample
from pv.actions import work_up_tasks as tasks
from pv.actions import workups
from pv.actions.work_up_tasks import TaskInput
from pv.domain.malignancies import Start, Target, TaskState, next_open, task_state
from pv.models import Case, WorkUp, WorkUpStep
from pv.queries import work_up_tasks as queries
from pv.queries.work_up_dossiers import printed
from tests import factories

PASSWORD = "quiet-harbour-lantern-81"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("WUT"))


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


@pytest.fixture
def work_up(nurse) -> WorkUp:
    site = factories.Site.objects.get(code="WUT")
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    event = factories.malignancy(nurse, patient)
    return WorkUp.objects.get(event=event)


def of(officer, work_up):
    work_up.refresh_from_db()
    return {task.key: task for task in queries.of(officer, work_up, today=clock.today())}


def done(**more) -> TaskInput:
    return TaskInput(done_on=clock.today(), evidence="运单 SF1", **more)


@pytest.mark.parametrize(
    ("limit", "due"),
    [({"hours": 24}, 1), ({"hours": 25}, 2), ({"days": 3}, 3), ({"days": 0}, 0)],
)
def test_a_target_counts_from_its_start(limit, due):
    limits = {"hours": None, "days": None, "working_days": None} | limit
    target = Target("X", Start.REPORTED, citation="", **limits)
    start = date(2026, 2, 27)
    assert target.due(start, None) == start + timedelta(days=due)
    assert target.due(None, None) is None
    with pytest.raises(ValueError, match="holidays"):
        Target("X", Start.REPORTED, None, None, 1, "").due(start, None)


def test_a_task_without_a_day_is_never_late_and_comes_last():
    today = date(2026, 11, 28)
    late = today - timedelta(days=1)
    assert task_state(None, None, waived=False, today=today) is TaskState.OPEN
    assert task_state(today, None, waived=False, today=today) is TaskState.OPEN
    assert task_state(late, None, waived=False, today=today) is TaskState.LATE
    assert task_state(late, today, waived=False, today=today) is TaskState.DONE
    rows = [
        SimpleNamespace(state=TaskState.OPEN, due=None),
        SimpleNamespace(state=TaskState.DONE, due=late),
        SimpleNamespace(state=TaskState.OPEN, due=today),
    ]
    assert next_open(rows) is rows[2]
    assert next_open(rows[1:2]) is None


@pytest.mark.django_db
def test_the_timeline_has_targets_reports_and_their_days(officer, work_up):
    rows, today = of(officer, work_up), clock.today()
    assert rows["TARGET.SAMPLING_KIT"].due == today + timedelta(days=3)
    assert rows["TARGET.SITE_INFORMS_HOLDER"].state is TaskState.DONE
    assert rows["REPORT.CN-S"].due == today + timedelta(days=15)
    assert "TARGET.RESULT_FINAL" not in rows, "it counts from the arrival of a sample"


@pytest.mark.django_db
def test_a_task_has_an_owner_and_ends_with_evidence(officer, work_up):
    person = User.objects.get(id=officer.id)
    given = {"kind": "TARGET", "code": "SAMPLING_KIT"}
    tasks.set_task(officer, work_up, given=TaskInput(owner=person.id), version=0, **given)
    with pytest.raises(Conflict):
        tasks.set_task(officer, work_up, given=done(), version=0, **given)
    only = TaskInput(done_on=clock.today())
    with pytest.raises(Refused) as refused:
        tasks.set_task(officer, work_up, given=only, version=1, **given)
    assert set(refused.value.fields) == {"evidence"}
    early = TaskInput(done_on=clock.today() - timedelta(days=400), evidence="x")
    with pytest.raises(Refused) as refused:
        tasks.set_task(officer, work_up, given=early, version=1, **given)
    assert set(refused.value.fields) == {"done_on"}
    tasks.set_task(officer, work_up, given=done(owner=person.id), version=1, **given)
    row = of(officer, work_up)["TARGET.SAMPLING_KIT"]
    assert (row.state, row.row.owner) == (TaskState.DONE, person)


@pytest.mark.django_db
def test_what_ends_by_itself_is_not_ended_by_hand(officer, work_up):
    with pytest.raises(Refused) as refused:
        tasks.set_task(
            officer, work_up, kind="TARGET", code="SITE_INFORMS_HOLDER", given=done(), version=0
        )
    assert "done_on" in refused.value.fields


@pytest.mark.django_db
def test_an_ordered_assay_is_due_and_done_with_its_result(nurse, officer, work_up):
    tasks.order(officer, work_up, assay="CAR_TRANSGENE", text="中心实验室")
    with pytest.raises(Refused):
        tasks.order(officer, work_up, assay="CAR_TRANSGENE", text="again")
    row = of(officer, work_up)["ASSAY.CAR_TRANSGENE"]
    assert (row.due, row.state) == (clock.today() + timedelta(days=10), TaskState.OPEN)
    tumour, today = Sample.objects.get(event=work_up.event, code="T1"), clock.today()
    samples.record_step(nurse, tumour, step="COLLECT", happened_at=Moment(today), place="手术室")
    given = ResultInput(
        assay="CAR_TRANSGENE",
        finding="POSITIVE",
        laboratory="中心实验室",
        final=True,
        resulted_on=today,
        received_on=today,
    )
    samples.record_result(nurse, tumour, given=given)
    row = of(officer, work_up)["ASSAY.CAR_TRANSGENE"]
    assert (row.state, row.done_on) == (TaskState.DONE, today)
    tasks.order(officer, work_up, text="采样包 A")
    assert of(officer, work_up)["KIT.1"].due == today + timedelta(days=3)


@pytest.mark.django_db
def test_it_is_closed_with_a_step_open_by_a_signed_reason_only(officer, work_up):
    workups.advance(officer, work_up, event="EXCLUDE", reason="reactive")
    with pytest.raises(Refused) as refused:
        workups.advance(officer, work_up, event="CLOSE", reason="because")
    assert "reason" in refused.value.fields
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, password=PASSWORD))
    where = reverse("sign", args=["work_up", work_up.id])
    page = client.get(where).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)[1]
    sent = {"meaning": "closure", "password": PASSWORD, "shown": shown}
    assert client.post(where, sent).status_code == 422
    assert client.post(where, sent | {"reason": "样本已全部用完"}).status_code == 302
    work_up.refresh_from_db()
    assert work_up.state == "CLOSED"
    # What was open stays open to the reader, the report stays owed, the signature stays of it.
    states = {task.kind: task.state for task in of(officer, work_up).values()}
    assert states == {"TARGET": TaskState.LEFT, "REPORT": TaskState.OPEN}
    page = client.get(reverse("work-up", args=[work_up.case_id])).content.decode()
    assert "Left open when it was closed" in page
    assert "Changed since" not in page
    dossier = printed(officer, work_up.case_id, language="en").content
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(dossier)).pages)
    assert "Signed as it stands" in " ".join(text.split())
    assert WorkUpStep.objects.filter(work_up=work_up).last().reason == "样本已全部用完"
    with pytest.raises(Refused):
        tasks.order(officer, work_up, text="采样包")


@pytest.mark.django_db
def test_with_nothing_open_it_is_closed_by_the_button(officer, work_up):
    case = work_up.case
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test"):
        case.clocks.update(met_on=clock.today())
    for task in queries.open_of(officer, work_up, today=clock.today()):
        tasks.set_task(officer, work_up, kind=task.kind, code=task.code, given=done(), version=0)
    workups.advance(officer, work_up, event="EXCLUDE", reason="reactive")
    assert workups.advance(officer, work_up, event="CLOSE").state == "CLOSED"


@pytest.mark.django_db
def test_board_task_order_and_dossier_in_both_languages(officer, work_up):
    case = Case.objects.get(id=work_up.case_id)
    for language in ("en", "zh-hans"):
        client = Client()
        user = factories.make_user(Role.SAFETY_OFFICER, language=language)
        client.force_login(user, backend=BACKEND)
        page = client.get(reverse("work-ups")).content.decode()
        assert case.number in page
        task = reverse("work-up-task", args=[case.id, "TARGET.SAFETY_COMMITTEE"])
        assert client.get(task).status_code == 200
        answer = client.post(task, {"version": "0", "done_on": "2000-01-01", "evidence": "纪要"})
        assert answer.status_code == 422
        assert "纪要" in answer.content.decode()
        assert client.get(reverse("work-up-order", args=[case.id])).status_code == 200
        pdf = client.get(reverse("work-up-dossier", args=[case.id]))
        assert pdf.content.startswith(b"%PDF")
    answer = client.post(
        task, {"version": "0", "done_on": clock.today().isoformat(), "evidence": "纪要"}
    )
    assert answer.status_code == 302
    assert of(officer, work_up)["TARGET.SAFETY_COMMITTEE"].state is TaskState.DONE
    text = client.get(reverse("work-up", args=[case.id])).content.decode()
    assert "纪要" in text
    assert printed(officer, case.id, language="en").name == f"{case.number}-dossier-en.pdf"
    assert client.get(reverse("work-up-task", args=[case.id, "TARGET.NO"])).status_code == 404
