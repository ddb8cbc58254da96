"""Running numbers go on past their width: the greatest number counts, not the last text."""

import pytest

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import audit, clock
from followup.core.permissions import Role
from followup.models import Patient
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db


def fever(nurse, patient):
    given = EventInput(
        verbatim="发热", aware_on=clock.today(), reporter_name="李护士", serious=False
    )
    event = events.report(nurse, factories.infusion_of(patient), given=given)
    return Case.objects.get(sources__event=event)


def test_after_case_9999_of_a_year_come_10000_and_10001() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    first, year = fever(nurse, patient), f"C{clock.today():%y}"
    with audit.acting(factories.SYSTEM, "test.number"):
        Case.objects.filter(id=first.id).update(number=f"{year}-9999")
    assert [fever(nurse, patient).number for _ in range(3)] == [
        f"{year}-10000",
        f"{year}-10001",
        f"{year}-10002",
    ]


def test_after_patient_99999_of_a_site_comes_100000() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    first = factories.register(nurse, site)
    with audit.acting(factories.SYSTEM, "test.number"):
        Patient.objects.filter(id=first.id).update(study_code=f"{site.code}-99999")
    codes = [factories.register(nurse, site).study_code for _ in range(2)]
    assert codes == [f"{site.code}-100000", f"{site.code}-100001"]


def test_a_number_of_another_form_does_not_stop_the_count() -> None:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    first, year = fever(nurse, patient), f"C{clock.today():%y}"
    with audit.acting(factories.SYSTEM, "test.number"):
        Case.objects.filter(id=first.id).update(number=f"{year}-X9999999")
    assert fever(nurse, patient).number == f"{year}-0001"
