"""Call-backs and appointments ring: for the owner and the deputy, and until somebody has said."""

from datetime import time, timedelta

import pytest

from followup.actions import appointments, call_backs, reminders
from followup.actions.appointments import AppointmentInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Role
from tests import factories
from tests.followup.actions.test_patient_messages import workday

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


@pytest.fixture
def ward():
    site = factories.make_site()
    users = [factories.make_user(Role.NURSE, site=site) for _number in range(3)]
    factories.make_user(Role.NURSE, site=factories.make_site())
    nurse = factories.actor_of(users[0])
    return site, users, nurse, factories.register(nurse, site)


def told(kind: str, key: object, rung: str) -> set[object]:
    """Who has an unread notice of a rung in the bell."""
    rows = Notice.objects.filter(obligation=f"{kind}:{key}", rung=rung, channel="in_app")
    return set(rows.filter(state="sent").values_list("recipient_id", flat=True))


def test_a_call_back_rings_for_its_owner_the_deputy_and_nobody_once_done(ward):
    site, (first, second, third), nurse, patient = ward
    today = clock.today()
    owned = call_backs.ask(
        nurse, patient, about="致电女儿", due_on=today, due_at=time(19), owner=second
    )
    anybody = call_backs.ask(nurse, patient, about="催检验报告", due_on=today)
    reminders.sweep(SWEEP, kind="call_back", today=today)
    assert told("call_back", owned.id, "due") == {second.id}
    assert told("call_back", anybody.id, "due") == {first.id, second.id, third.id}
    label = Notice.objects.filter(obligation=f"call_back:{owned.id}").first().label
    assert label == f"{patient.study_code} 19:00"
    call_backs.finish(nurse, anybody, outcome="已取得报告", version=1)
    call_backs.cover(
        nurse, site, absent=second, deputy=third, first=today, last=today + timedelta(9)
    )
    reminders.sweep(SWEEP, kind="call_back", today=today + timedelta(days=1))
    assert told("call_back", owned.id, "overdue") == {second.id, third.id}
    assert told("call_back", anybody.id, "due") == set()
    assert told("call_back", anybody.id, "overdue") == set()


def test_an_appointment_is_told_the_day_before_and_asked_about_the_day_after(ward):
    _site, (first, second, third), nurse, patient = ward
    on = workday()
    row = appointments.book(nurse, patient, given=AppointmentInput(on=on, at=time(9, 30)))
    call_backs.care(nurse, patient, carer=first)
    reminders.sweep(SWEEP, kind="appointment", today=on - timedelta(days=2))
    assert not Notice.objects.filter(obligation=f"appointment:{row.id}").exists()
    reminders.sweep(SWEEP, kind="appointment", today=on - timedelta(days=1))
    assert told("appointment", row.id, "day_before") == {first.id}
    reminders.sweep(SWEEP, kind="appointment", today=on + timedelta(days=1))
    assert told("appointment", row.id, "asked") == {first.id}
    appointments.cancel(nurse, row, version=1, reason="患者来电")
    reminders.sweep(SWEEP, kind="appointment", today=on + timedelta(days=1))
    assert told("appointment", row.id, "asked") == set()
