"""One suspicion to its end: notified, sampled, tested, read by two, refused, mended, loaded."""

from datetime import timedelta

import pytest

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.models import Sample
from pv.actions import acknowledgements, adjudications, cases, icsr, work_up_tasks, workups
from pv.actions.work_up_tasks import TaskInput
from pv.domain.e2b.checks import Profile
from pv.models import Case, Submission, WorkUp
from pv.queries import adjudications as readings
from pv.queries import work_up_tasks as tasks
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_sendings import CODED

pytestmark = pytest.mark.django_db
GROUNDS = {"evidence": "肿瘤组织 PCR", "reason": "转基因位于克隆"}


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("FLW"))


def current(case: Case) -> Case:
    return Case.objects.get(id=case.id)


def send(officer, case: Case, code: str) -> Submission:
    """Released, sent and answered by the authority."""
    file = factories.release(officer, current(case), profile=Profile.NMPA)
    icsr.mark_sent(officer, file, on=clock.today())
    data = ack(
        entry(file.report_number, code, "" if code == "CA" else "1: refused"),
        batch=file.batch_number,
        number=f"{code}-{file.file_name}",
    )
    acknowledgements.receive(officer, data, file_name="answer.ack")
    file.refresh_from_db()
    return file


def owed(case: Case) -> set[str]:
    return set(case.clocks.filter(met_on=None, stopped_at=None).values_list("rule", flat=True))


def finish(officer, work_up: WorkUp) -> None:
    """What a person has to note as done; reports, results and steps end by themselves."""
    for task in tasks.open_of(officer, work_up, today=clock.today()):
        if task.kind == "TARGET" and not task.automatic:
            given = TaskInput(done_on=clock.today(), evidence="函件 12")
            work_up_tasks.set_task(
                officer, work_up, kind=task.kind, code=task.code, given=given, version=0
            )


def test_from_the_suspicion_to_the_acknowledgement(nurse, officer):
    site, today = factories.Site.objects.get(code="FLW"), clock.today()
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    aware_on = today - timedelta(days=5)
    event = factories.malignancy(nurse, patient, aware_on=aware_on, t_cell_suspected="YES")
    case, work_up = Case.objects.get(sources__event=event), WorkUp.objects.get(event=event)

    # The first report is notified in time.
    case = cases.accept(officer, case, lock_version=case.lock_version)
    cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    assert send(officer, case, "CA").state == "accepted"
    assert owed(case) == set()

    # Samples are asked for, ordered, arrive and are tested.
    workups.advance(officer, work_up, event="TRIAGE")
    workups.advance(officer, work_up, event="REQUEST_SAMPLES")
    work_up_tasks.order(officer, work_up, assay="CAR_TRANSGENE", text="中心实验室")
    tumour = Sample.objects.get(event=event, code="T1")
    for step in ("COLLECT", "SHIP", "RECEIVE", "START_TEST"):
        more = {"abroad": False, "carrier": "SF"} if step == "SHIP" else {}
        samples.record_step(
            nurse, tumour, step=step, happened_at=Moment(today), place="实验室", **more
        )
    result = ResultInput(
        assay="CAR_TRANSGENE",
        finding="POSITIVE",
        laboratory="中心实验室",
        final=True,
        resulted_on=today,
        received_on=today,
    )
    samples.record_result(nurse, tumour, given=result)
    assert owed(case) == {"CN-FU"}, "the result is follow-up information"
    workups.advance(officer, work_up, event="RESULTS_COMPLETE", reason="其余样本无法获取")

    # Two readers, each alone; they differ and agree in consensus.
    reviewer = factories.make_actor(Role.MEDICAL_REVIEWER)
    for reader, expertise, found in (
        (officer, "HAEMATOPATHOLOGIST", "B"),
        (reviewer, "MOLECULAR_EXPERT", "D"),
        (reviewer, "MOLECULAR_EXPERT", "B"),
    ):
        work_up.refresh_from_db()
        assert readings.progress(work_up).agreed == ""
        adjudications.read(
            reader,
            work_up,
            expertise=expertise,
            attribution=found,
            version=work_up.version,
            **GROUNDS,
        )
    work_up.refresh_from_db()
    assert (work_up.state, readings.progress(work_up).agreed) == ("ADJUDICATED", "B")

    # The follow-up is refused, mended and acknowledged; the clock is met by the mended one only.
    now = current(case)
    now = cases.new_version(
        officer, now, kind="follow_up", information_on=today, lock_version=now.lock_version
    )
    assert send(officer, now, "CR").state == "rejected"
    assert "CN-FU" in owed(case)
    with pytest.raises(Refused):
        workups.advance(officer, work_up, event="CLOSE")
    now = current(case)
    now = cases.new_version(officer, now, kind="amendment", lock_version=now.lock_version)
    changes = {"C.1.11.2": "更正术语", "E.i[1].1.1a": "外周T细胞淋巴瘤"}
    cases.edit(officer, now, changes=changes, lock_version=now.lock_version)
    assert send(officer, now, "CA").state == "accepted"
    assert owed(case) == set()

    # With every step done the work-up is closed.
    finish(officer, work_up)
    assert workups.advance(officer, work_up, event="CLOSE").state == "CLOSED"
