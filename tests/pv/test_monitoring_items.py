"""A transgene in one cell of a hundred is monitored until its integration sites are known."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import reminders, samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import PlannedVisit, Sample
from pv.models import WatchItem
from tests import factories

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


def given(**more: Any) -> ResultInput:
    today = clock.today()
    values: dict[str, Any] = {
        "assay": "CAR_TRANSGENE",
        "finding": "POSITIVE",
        "method": "FLOW",
        "measure": "car_positive_cells",
        "value": Decimal("1"),
        "laboratory": "中心实验室",
        "resulted_on": today - timedelta(days=1),
        "received_on": today,
        "final": True,
    }
    return ResultInput(**values | more)


@pytest.fixture
def blood() -> Sample:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site, purposes=("LTFU", "HOLDER", "SAMPLES"))
    visit = PlannedVisit.objects.get(patient=patient, code="M3")
    made = samples.plan_visit(nurse, visit)
    when = Moment(clock.today() - timedelta(days=2))
    samples.record_steps(nurse, made, step="COLLECT", happened_at=when, place="门诊")
    return next(row for row in made if row.code == "V1")


@pytest.fixture
def staff(blood):
    return factories.make_actor(Role.NURSE, site=blood.site)


def opened() -> list[WatchItem]:
    return list(WatchItem.objects.filter(closed_on__isnull=True))


def test_one_percent_opens_a_monitoring_item_for_thirty_days(staff, blood):
    result = samples.record_result(staff, blood, given=given())
    (item,) = opened()
    assert (item.result_id, item.open_share) == (result.id, False)
    assert item.due == clock.today() + timedelta(days=30)
    samples.record_result(staff, blood, given=given(value=Decimal("3")))
    assert len(opened()) == 1


def test_copies_at_the_limit_leave_the_share_open(staff, blood):
    copies = {"measure": "transgene", "method": "DDPCR"}
    samples.record_result(staff, blood, given=given(value=Decimal("1500"), **copies))
    assert opened() == []
    samples.record_result(staff, blood, given=given(value=Decimal("1600"), **copies))
    (item,) = opened()
    assert item.open_share


@pytest.mark.parametrize(
    "more",
    [
        {"value": Decimal("0.99")},
        {"value": None, "below_quantification": True, "lower_limit": Decimal("5")},
        {"value": None, "measure": "", "finding": "NEGATIVE"},
        {"measure": "transgene_per_cell", "value": Decimal("2"), "method": "DDPCR"},
    ],
    ids=["under", "below-quantification", "negative", "another-measure"],
)
def test_less_or_another_number_opens_none(staff, blood, more):
    samples.record_result(staff, blood, given=given(**more))
    assert opened() == []


def test_the_analysis_closes_it(staff, blood):
    samples.record_result(staff, blood, given=given())
    plain = {"measure": "", "value": None, "method": "LM_PCR", "finding": "POLYCLONAL"}
    analysis = samples.record_result(staff, blood, given=given(assay="ISA", **plain))
    item = WatchItem.objects.get()
    assert (item.closed_on, item.closed_by_id) == (clock.today(), analysis.id)


def test_a_correction_under_the_limit_closes_it(staff, blood):
    wrong = samples.record_result(staff, blood, given=given())
    samples.correct_result(staff, wrong, given=given(value=Decimal("0.1")), reason="小数点")
    assert opened() == []


def test_the_officer_hears_of_it_until_it_is_closed_and_the_page_says_it(staff, blood):
    officer = factories.make_user(Role.SAFETY_OFFICER)
    samples.record_result(staff, blood, given=given())
    today = clock.today()
    reminders.sweep(SWEEP, kind="watch", today=today)
    rows = Notice.objects.filter(recipient=officer, obligation__startswith="watch:")
    assert {(row.rung, row.channel) for row in rows} == {("opens", "in_app"), ("opens", "email")}
    assert not Notice.objects.exclude(recipient=officer).exists()
    client = Client()
    client.force_login(officer)
    page = client.get(reverse("sample", args=[blood.id])).content.decode()
    assert "integration-site analysis by" in page
    plain = {"measure": "", "value": None, "method": "LM_PCR", "finding": "POLYCLONAL"}
    samples.record_result(staff, blood, given=given(assay="ISA", **plain))
    reminders.sweep(SWEEP, kind="watch", today=today + timedelta(days=23))
    assert not rows.filter(rung="due-7").exists()
    assert "integration-site" not in client.get(reverse("sample", args=[blood.id])).content.decode()
