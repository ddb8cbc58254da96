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
    assert (
        "integration-site analysis by"
        not in client.get(reverse("sample", args=[blood.id])).content.decode()
    )


def analysis(*sites: str, finding: str = "POLYCLONAL", **more: Any) -> ResultInput:
    plain = {"measure": "", "value": None, "method": "LM_PCR", "finding": finding}
    return given(assay="ISA", sites="\n".join(sites), **plain | more)


def test_a_monitored_site_is_repeated_within_ninety_days_and_shown_with_its_course(staff, blood):
    """Domain 3.7 through the page and the API: shares before, the class, what a repeat ends."""
    visit = PlannedVisit.objects.get(patient=blood.patient, code="M6")
    later = next(row for row in samples.plan_visit(staff, visit) if row.code == "V1")
    when = Moment(clock.today() - timedelta(days=1))
    samples.record_steps(staff, [later], step="COLLECT", happened_at=when, place="门诊")
    samples.record_result(staff, blood, given=analysis("chr1:10, +, , 19.9", "chr2:20, -, , 5"))
    assert opened() == []
    same_day = {"resulted_on": clock.today()}
    second = samples.record_result(
        staff,
        later,
        given=analysis("chr1:10, +, , 20", "chr2:20, -, , 5", "chr9:7, +, LMO2, , 900", **same_day),
    )
    (item,) = opened()
    assert (item.kind, item.result_id) == ("REPEAT_ANALYSIS", second.id)
    assert item.due == clock.today() + timedelta(days=90)
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=blood.site))
    page = client.get(reverse("sample", args=[later.id])).content.decode()
    assert "to be monitored" in page
    address = reverse("sample-integration-sites", args=[later.id])
    assert address in page
    shown = client.get(address).content.decode()
    for text in ("Polyclonal", "open: shares are missing", "Large share", "cancer gene", "+0.1"):
        assert text in shown
    lines = client.get(f"{address}?format=csv").content.decode().splitlines()
    assert len(lines) == 1 + 2 + 3
    assert "LARGE RISING" in lines[3]
    first, last = client.get(reverse("api-sample-integration-sites", args=[blood.id])).json()
    assert (first["clonality"], first["top_percent"], last["clonality"]) == (
        "POLYCLONAL",
        "19.9",
        None,
    )
    assert last["sites"][0]["percent_before"] == "19.9"
    assert (last["sites"][2]["percent"], last["shannon"]) == (None, None)
    # A report on the earlier sample ends nothing; a correction of the latest one does.
    samples.record_result(staff, blood, given=analysis("chr1:10, +, , 20", **same_day))
    assert opened() == [item]
    samples.correct_result(
        staff, second, given=analysis("chr1:10, +, , 19", **same_day), reason="复核后更正"
    )
    assert opened() == []


@pytest.mark.parametrize(
    ("share", "expected"),
    [("19.9", "POLYCLONAL"), ("20", "OLIGOCLONAL"), ("49.9", "OLIGOCLONAL"), ("50", "CLONAL")],
)
def test_the_class_at_its_boundaries_over_the_api(staff, blood, share, expected):
    samples.record_result(staff, blood, given=analysis(f"chr1:10, +, , {share}"))
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=blood.site))
    (row,) = client.get(reverse("api-sample-integration-sites", args=[blood.id])).json()
    assert row["clonality"] == expected
    assert bool(row["repeat_by"]) is (expected != "POLYCLONAL")
