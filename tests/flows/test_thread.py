"""The one thread: from infusion to ICSR, through the real actions."""

from datetime import timedelta

import pytest

from followup.core import clock
from followup.core.models import Change
from followup.core.permissions import Role
from followup.models import PlannedVisit
from followup.queries import worklist
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db


def test_from_infusion_to_a_running_clock() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)

    visits = PlannedVisit.objects.filter(patient=patient)
    assert visits.filter(code="M24").count() == 1
    page = worklist.page(nurse, today=clock.today())
    due = [item for item in page.items if item.patient_id == patient.id]
    assert [item.code for item in due][0] == "M3"
    assert due[0].person.name.endswith("*") or "*" in due[0].person.name

    planned = worklist.one(nurse, due[0].id)
    factories.call(nurse, patient, planned=planned, new_malignancy="YES")
    planned.refresh_from_db()
    assert planned.state == "DONE_IN_WINDOW"

    event = factories.malignancy(nurse, patient)
    case = Case.objects.get(patient=patient)
    assert case.is_new_malignancy
    assert case.day_zero == event.aware_on
    clocks = {c.rule: c for c in case.clocks.all()}
    assert clocks["CN-S"].due == event.aware_on + timedelta(days=15)
    assert "49" in clocks["CN-S"].citation
    assert case.next_due == event.aware_on + timedelta(days=15)
    assert case.work_up.state == "REPORTED"

    trail = Change.objects.filter(table_name="pv_case", row_id=str(case.id))
    first = trail.order_by("id").first()
    assert first is not None
    assert first.action == "case.draft"
    assert first.actor_name == f"reaction({nurse.name})"
    assert first.actor_id == nurse.id
