"""Told in time: a rejected report at once, a missing answer once its last day is over."""

from datetime import timedelta

import pytest

from followup.actions import reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Role
from followup.queries import reminders as queries
from pv.actions import acknowledgements, cases, icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case, Submission
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_sendings import CODED

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


@pytest.fixture
def file(officer) -> Submission:
    site = factories.make_site("ANS")
    nurse = factories.make_actor(Role.NURSE, site=site)
    event = factories.malignancy(nurse, factories.register(nurse, site))
    case = Case.objects.get(sources__event=event)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    file = factories.release(officer, case, profile=Profile.NMPA)
    return icsr.mark_sent(officer, file, on=clock.today())


def sweep(kind, days=0):
    reminders.sweep(SWEEP, kind=kind, today=clock.today() + timedelta(days=days))


def told(kind, file, state="sent"):
    rows = Notice.objects.filter(obligation=f"{kind}:{file.id}", channel="in_app", state=state)
    return sorted(rows.values_list("rung", flat=True))


def receive(officer, file, code):
    data = ack(entry(file.report_number, code, "D.5 is missing"), batch=file.batch_number)
    acknowledgements.receive(officer, data, file_name="a.ack")


def test_a_rejection_is_told_at_once_until_a_new_file_is_made(officer, file):
    sweep("rejection")
    assert told("rejection", file) == []
    receive(officer, file, "CR")
    sweep("rejection")
    assert told("rejection", file) == ["opens"]
    notice = Notice.objects.get(obligation=f"rejection:{file.id}", channel="in_app")
    assert notice.label == file.file_name
    assert queries.notice_validity([notice])[notice.id].reason == ""
    case = Case.objects.get(id=file.case_id)
    case = cases.new_version(officer, case, kind="amendment", lock_version=case.lock_version)
    factories.release(officer, case, profile=Profile.NMPA)
    assert queries.notice_validity([notice])[notice.id].reason == "closed"


def test_an_answer_that_needs_a_person_is_told_until_it_is_decided(officer, file):
    receive(officer, file, "CA")
    sweep("acknowledgement")
    assert not Notice.objects.filter(obligation__startswith="acknowledgement:").exists()
    late = ack(entry(file.report_number, "CR"), batch=file.batch_number, number="B-2")
    waiting = acknowledgements.receive(officer, late, file_name="late.ack").acknowledgement
    assert waiting.state == "conflict"
    data = ack(entry(file.report_number, "AE"), batch=file.batch_number, number="B-3")
    unclear = acknowledgements.receive(officer, data, file_name="unclear.ack").acknowledgement
    assert unclear.state == "unclear"
    sweep("acknowledgement")
    assert told("acknowledgement", waiting) == told("acknowledgement", unclear) == ["opens"]
    sweep("acknowledgement", 1)
    assert told("acknowledgement", waiting) == ["opens+1"]
    notice = Notice.objects.get(
        obligation=f"acknowledgement:{waiting.id}", channel="in_app", state="sent"
    )
    assert queries.notice_validity([notice])[notice.id].reason == ""
    acknowledgements.set_aside(officer, waiting, reason="asked by telephone")
    assert queries.notice_validity([notice])[notice.id].reason == "closed"


def test_a_missing_answer_is_told_after_its_last_day(officer, file):
    wait = (file.answer_due - clock.today()).days
    sweep("answer", wait)
    assert told("answer", file) == []
    sweep("answer", wait + 1)
    assert told("answer", file) == ["due+1"]
    receive(officer, file, "CA")
    notice = Notice.objects.get(obligation=f"answer:{file.id}", channel="in_app")
    assert queries.notice_validity([notice])[notice.id].reason != ""


def test_an_answer_in_time_tells_nobody(officer, file):
    wait = (file.answer_due - clock.today()).days
    receive(officer, file, "CA")
    sweep("answer", wait + 5)
    sweep("rejection", wait + 5)
    assert told("answer", file) == told("rejection", file) == []
