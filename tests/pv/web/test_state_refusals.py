"""A refused step says at its door in which state the thing is and what is possible instead."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock, jobs
from followup.core.jobs.handlers import Result, handler
from followup.core.models import User
from followup.core.models.jobs import JOB, JobEvent, JobState
from followup.core.permissions import Perm, Role
from followup.domain.samples import CustodyEventKind, CustodyState
from followup.domain.visits import FollowUpEvent, FollowUpState, VisitEvent, VisitState
from followup.models import Indication, Sample, Site
from followup.models.states import PATIENT_FOLLOW_UP, PLANNED_VISIT, SAMPLE_CUSTODY
from pv.actions import cases, commitments
from pv.actions.commitments import CommitmentInput
from pv.domain.approvals import CommitmentEvent
from pv.domain.cases.stages import CaseEvent, CaseStage, ReceivedEvent, ReceivedState
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.submissions import Delivery, DeliveryEvent
from pv.domain.malignancies import WorkUpEvent, WorkUpState
from pv.models import Case, ReceivedReport
from pv.models.states import CASE_STAGE, MALIGNANCY_WORK_UP, RECEIVED_REPORT, SUBMITTED_FILE
from pv.queries.commitments import rulebook
from tests import factories
from tests.pv.actions.test_receptions import file_of, report
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("REF"))


@pytest.fixture
def event(nurse):
    site = Site.objects.get(code="REF")
    aware_on = clock.today() - timedelta(days=5)
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    return factories.malignancy(nurse, patient, aware_on=aware_on)


def page(actor) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(User.objects.get(id=actor.id))
    return client


def api(actor) -> Client:
    user = User.objects.get(id=actor.id)
    headers = {"Authorization": f"Bearer {token(user)}", "Accept-Language": "en"}
    return Client(headers=headers)


def said(column, state, event) -> str:
    return column.refusal(state, event)


def test_a_death_of_the_living_is_not_retracted(nurse, event) -> None:
    text = said(PATIENT_FOLLOW_UP, FollowUpState.ACTIVE, FollowUpEvent.DEATH_RETRACTED)
    assert "Record a transfer" in text
    given = {"vital_status": "ALIVE", "reason": "typed in the wrong row"}
    address = reverse("api-death-retraction", args=[event.patient_id])
    answer = api(nurse).post(address, given, content_type="application/json")
    assert answer.status_code == 422
    assert text in answer.json()["fields"][""]
    shown = page(nurse).post(reverse("standing-death", args=[event.patient_id]), given)
    assert shown.status_code == 422
    assert text in shown.text


def test_a_step_of_custody_out_of_its_order(nurse, event) -> None:
    sample = Sample.objects.get(event=event, code="B1")
    address = reverse("sample-steps") + f"?step=RECEIVE&sample={sample.id}"
    shown = page(nurse).get(address).text
    assert "Collect" in shown
    text = said(SAMPLE_CUSTODY, CustodyState.PLANNED, CustodyEventKind.RECEIVE)
    assert text.startswith("“Receive” is not possible in the state “Planned”.")
    assert "Collect" in text


def test_a_work_up_just_reported_is_not_closed(officer, event) -> None:
    case = Case.objects.get(sources__event=event)
    address = reverse("work-up-advance", args=[case.id])
    shown = page(officer).post(address, {"event": "CLOSE", "reason": "x"}, follow=True)
    assert said(MALIGNANCY_WORK_UP, WorkUpState.REPORTED, WorkUpEvent.CLOSE) in shown.text


def test_a_nullified_case_gets_no_version(officer, event) -> None:
    case = Case.objects.get(sources__event=event)
    case = cases.nullify(officer, case, reason="no case", lock_version=case.lock_version)
    text = said(CASE_STAGE, CaseStage.NULLIFIED, CaseEvent.NEW_VERSION)
    given = {"kind": "amendment", "lock_version": case.lock_version}
    address = reverse("api-case-versions", args=[case.id])
    answer = api(officer).post(address, given, content_type="application/json")
    assert answer.status_code == 422
    assert text in answer.json()["fields"][""]


def test_a_file_is_sent_once(officer, event) -> None:
    case = Case.objects.get(sources__event=event)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    file = factories.release(officer, case, profile=Profile.NMPA)
    client, address = page(officer), reverse("submission-sent", args=[file.id])
    client.post(address)
    text = said(SUBMITTED_FILE, Delivery.SENT, DeliveryEvent.SEND)
    assert "Retract the sending" in text
    assert text in client.post(address).text
    today = {"on": clock.today().isoformat()}
    where = reverse("api-submission-sent", args=[file.id])
    answer = api(officer).post(where, today, content_type="application/json")
    assert text in answer.json()["fields"][""]


def test_a_received_report_is_decided_once(officer, tmp_path) -> None:
    data = file_of(tmp_path / "a.xml", report()).read_bytes()
    client = page(officer)
    client.post(reverse("received"), {"file": SimpleUploadedFile("a.xml", data)})
    row = ReceivedReport.objects.get()
    address = reverse("received-reject", args=[row.id])
    assert client.post(address, {"code": "NO_REACTION"}).status_code == 302
    text = said(RECEIVED_REPORT, ReceivedState.REJECTED, ReceivedEvent.REJECT)
    assert text in client.post(address, {"code": "KNOWN", "reason": "again"}).text
    where = reverse("api-received-reject", args=[row.id])
    answer = api(officer).post(where, {"code": "KNOWN"}, content_type="application/json")
    assert text in answer.json()["fields"][""]


def test_a_commitment_that_is_active_is_not_agreed_again() -> None:
    keeper = factories.make_actor(Role.REGULATORY)
    given = CommitmentInput(kind="CONFIRMATORY_TRIAL", title="Study", document="S1")
    indication = Indication.objects.get(code="EQUE_CEL_MM")
    row = commitments.begin(keeper, indication, given=given)
    column = rulebook().column
    address = reverse("commitment-step", args=[row.id, "AGREED_WITH_CDE"])
    shown = page(keeper).post(address, {}, follow=True)
    assert said(column, column.of(row), CommitmentEvent.AGREED_WITH_CDE) in shown.text


def test_a_job_that_is_done_is_not_cancelled(nurse, tmp_path) -> None:
    @handler("test.refused", needs=Perm.PATIENT_READ)
    def work(actor, parameters, progress) -> Result:
        path = progress.folder / "a.csv"
        path.write_text("a")
        return Result(path, "a.csv")

    job = jobs.run(jobs.request(nurse, "test.refused", title="t", parameters={}).id)
    shown = page(nurse).post(reverse("job-cancel", args=[job.id]), follow=True)
    assert said(JOB, JobState.DONE, JobEvent.CANCEL) in shown.text


def test_a_visit_that_is_cancelled_is_not_recorded() -> None:
    text = said(PLANNED_VISIT, VisitState.CANCELLED, VisitEvent.RECORDED)
    assert text.startswith("“Record a contact” is not possible in the state “Cancelled”.")
    assert "Nothing else can be done" in text
