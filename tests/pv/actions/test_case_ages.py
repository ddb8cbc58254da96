"""The age in a report of an infant."""

from datetime import date

import pytest

from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from pv.domain.cioms.display_values import Reader
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db


def test_an_infant_of_seven_months_is_not_zero_years_old_in_report_form_and_narrative():
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    identity = factories.person(born=date(2026, 4, 1))
    patient = factories.register(nurse, site, identity=identity, infused_on=date(2026, 9, 1))
    factories.malignancy(nurse, patient, onset=PartialDate(2026, 11, 10))
    version = Case.objects.get(patient=patient).versions.get()
    root = storage.from_data(version.message)
    assert (root.text("D.2.2a"), root.text("D.2.2b")) == ("7", "mo")
    assert "7 月龄" in version.narrative_zh
    assert "7-month-old" in version.narrative_en or "7 months old" in version.narrative_en
    assert Reader(Message(root), "en").amount(root, "D.2.2a", "D.2.2b") == "7 months"
