"""Samples ask for consent, for a permit at the border, and for days that can be true."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import samples
from followup.actions.follow_up_status import consents
from followup.actions.patients import ConsentInput
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.samples import Moment
from followup.models import Consent, CustodyEvent, PlannedVisit, Sample
from followup.queries import samples as queries
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def at(days: int, hour: int) -> Moment:
    return Moment(ago(days), datetime.combine(ago(days), time(hour), clock.SHANGHAI))


@pytest.fixture
def nurse(site):
    return factories.make_user(Role.NURSE, site=site)


def registered(nurse, site, *purposes):
    return factories.register(
        actor_of(nurse), site, purposes=("LTFU", *purposes), infused_on=ago(100)
    )


def tubes(nurse, patient, *codes):
    return samples.add(actor_of(nurse), factories.infusion_of(patient), codes=codes)


def collect(nurse, tube, days, **more):
    when = Moment(ago(days))
    return samples.record_step(
        actor_of(nurse), tube, step="COLLECT", happened_at=when, place="病房", **more
    )


def test_no_set_is_planned_without_consent_and_no_tube_collected(nurse, site) -> None:
    patient = registered(nurse, site)
    visit = PlannedVisit.objects.get(patient=patient, code="M3")
    with pytest.raises(Refused, match="No consent"):
        samples.plan_visit(actor_of(nurse), visit)
    client = Client()
    client.force_login(nurse)
    set_page = client.post(reverse("sampling-new", args=[patient.id]), {"set": visit.pk})
    assert set_page.status_code == 422
    assert "No consent to sample storage" in set_page.content.decode()
    assert not Sample.objects.exists()
    (tube,) = tubes(nurse, patient, "B1")
    (row,) = queries.described(actor_of(nurse), [tube])
    assert row.consent_needed
    with pytest.raises(Refused) as refused:
        collect(nurse, tube, 1)
    assert "Consent needed" in str(refused.value.fields["happened_on"])


def test_a_work_up_is_planned_and_marked_and_nothing_of_it_is_collected(nurse, site) -> None:
    patient = registered(nurse, site)
    event = factories.malignancy(actor_of(nurse), patient)
    rows = queries.described(actor_of(nurse), queries.of_event(actor_of(nurse), event))
    assert rows
    assert all(row.consent_needed for row in rows)
    tube = Sample.objects.get(event=event, code="B1")
    with pytest.raises(Refused) as refused:
        collect(nurse, tube, 1)
    assert "Consent needed" in str(refused.value.fields["happened_on"])
    client = Client()
    client.force_login(nurse)
    assert "Consent needed" in client.get(reverse("sample", args=[tube.id])).content.decode()
    consents.add(actor_of(nurse), patient, given=ConsentInput("v2", ["SAMPLES"], ago(2)))
    assert "Consent needed" not in client.get(reverse("sample", args=[tube.id])).content.decode()
    with pytest.raises(Refused):  # the day before it was signed
        collect(nurse, tube, 3)
    collect(nurse, tube, 2)


def test_a_withdrawal_ends_collecting_and_sending_from_its_day(nurse, site) -> None:
    patient = registered(nurse, site, "SAMPLES")
    one, two, three = tubes(nurse, patient, "B1", "B1", "B1")
    collect(nurse, one, 20)
    consents.withdraw(actor_of(nurse), Consent.objects.get(patient=patient), withdrawn_on=ago(10))
    with pytest.raises(Refused):
        collect(nurse, two, 10)
    collect(nurse, three, 11)  # entered late, done while the consent was in force
    with pytest.raises(Refused):
        send(nurse, one, 9, abroad=False)


def send(nurse, tube, days, **border):
    return samples.record_step(
        actor_of(nurse),
        tube,
        step="SHIP",
        happened_at=Moment(ago(days)),
        place="LabCorp, Indianapolis, USA",
        carrier="DHL 1",
        **border,
    )


@pytest.mark.parametrize(
    ("border", "field"),
    [
        ({}, "abroad"),
        ({"abroad": True}, "permit"),
        ({"abroad": True, "permit": "  ", "permit_on": ago(30)}, "permit"),
        ({"abroad": True, "permit": "HGR-2026-1"}, "permit_on"),
        ({"abroad": True, "permit": "HGR-2026-1", "permit_on": ago(4)}, "permit_on"),
    ],
)
def test_what_leaves_the_country_needs_its_permit(nurse, site, border, field) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES", "CROSS_BORDER"), "B1")
    collect(nurse, tube, 8)
    with pytest.raises(Refused) as refused:
        send(nurse, tube, 5, **border)
    assert field in refused.value.fields
    sent = send(nurse, tube, 5, abroad=True, permit="国科遗办〔2026〕1号", permit_on=ago(5))
    assert (sent.abroad, sent.permit, sent.permit_on) == (True, "国科遗办〔2026〕1号", ago(5))


def test_what_leaves_the_country_needs_the_patient_s_own_word(nurse, site) -> None:
    patient = registered(nurse, site, "SAMPLES")
    (tube,) = tubes(nurse, patient, "B1")
    collect(nurse, tube, 8)
    permit = {"abroad": True, "permit": "HGR-1", "permit_on": ago(5)}
    with pytest.raises(Refused) as refused:
        send(nurse, tube, 5, **permit)
    assert set(refused.value.fields) == {"abroad"}
    consents.add(actor_of(nurse), patient, given=ConsentInput("v2", ["CROSS_BORDER"], ago(4)))
    with pytest.raises(Refused):
        send(nurse, tube, 5, **permit)
    assert send(nurse, tube, 4, **permit).abroad


def test_the_page_asks_about_the_border_and_shows_the_permit(nurse, site) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES", "CROSS_BORDER"), "B1")
    collect(nurse, tube, 8)
    client = Client()
    client.force_login(nurse)
    sent = {
        "sample": str(tube.id),
        "step": "SHIP",
        "happened_on": ago(1).isoformat(),
        "place": "Indianapolis",
        "carrier": "DHL 1",
    }
    page = client.post(reverse("sample-steps"), sent)
    assert page.status_code == 422
    assert " checked" not in page.content.decode()
    round_one = client.post(reverse("sample-steps"), sent | {"abroad": "YES", "place": ""})
    assert {"place", "permit", "permit_on"} <= round_one.context["form"].errors.keys()
    inland = client.post(reverse("sample-steps"), sent | {"abroad": "NO", "place": ""})
    assert set(inland.context["form"].errors) == {"place"}
    sent |= {"abroad": "YES", "permit": "HGR-1", "permit_on": ago(9).isoformat()}
    assert client.post(reverse("sample-steps"), sent).status_code == 302
    assert "HGR-1" in client.get(reverse("sample", args=[tube.id])).content.decode()


def test_a_sample_from_before_treatment_is_not_from_after_it(nurse, site) -> None:
    patient = registered(nurse, site, "SAMPLES")
    (kept,) = tubes(nurse, patient, "P1")
    for days in (99, 10, 0):
        with pytest.raises(Refused) as refused:
            collect(nurse, kept, days)
        assert "before treatment" in str(refused.value.fields["happened_on"])
    collect(nurse, kept, 100)  # the day of the infusion itself


def test_order_holds_over_the_whole_chain_and_after_a_correction(nurse, site) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES"), "B1")
    actor = actor_of(nurse)
    first = samples.record_step(actor, tube, step="COLLECT", happened_at=at(3, 10), place="病房")
    samples.record_step(actor, tube, step="PROCESS", happened_at=Moment(ago(3)), place="检验科")
    with pytest.raises(Refused) as refused:  # earlier than the step before the last
        samples.record_step(actor, tube, step="STORE", happened_at=at(3, 9), place="冰箱")
    assert "happened_on" in refused.value.fields
    samples.record_step(actor, tube, step="STORE", happened_at=at(3, 11), place="冰箱")
    with pytest.raises(Refused):
        samples.correct_step(
            actor, first, happened_at=at(3, 12), place="病房", reason="typing error"
        )
    samples.correct_step(actor, first, happened_at=at(3, 8), place="病房", reason="typing error")


def test_a_collection_is_not_corrected_past_its_result(nurse, site) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES"), "V1")
    row = collect(nurse, tube, 9)
    result(nurse, tube, reported="<50")
    CustodyEvent.objects.get(id=row.id)
    with pytest.raises(Refused, match="older"):
        samples.correct_step(
            actor_of(nurse), row, happened_at=Moment(ago(0)), place="病房", reason="typing error"
        )


def test_a_deviation_is_shown_on_the_tube_and_in_the_lists(nurse, site) -> None:
    patient = registered(nurse, site, "SAMPLES")
    (tube,) = tubes(nurse, patient, "B1")
    client = Client()
    client.force_login(nurse)
    addresses = [
        reverse("sample", args=[tube.id]),
        reverse("samples"),
        reverse("patient-samples", args=[patient.id]),
    ]

    def pages():
        return ["Deviation" in client.get(a).content.decode() for a in addresses]

    row = collect(nurse, tube, 5, condition="excursion")
    assert pages() == [True, True, True]
    samples.correct_step(
        actor_of(nurse),
        row,
        happened_at=Moment(ago(5)),
        place="病房",
        condition="cool_2_8",
        reason="logger misread",
    )
    assert pages() == [False, False, False]


def result(nurse, tube, **more):
    given = {
        "assay": "CAR_TRANSGENE",
        "finding": "NEGATIVE",
        "method": "DDPCR",
        "measure": "transgene",
        "laboratory": "中心实验室",
        "resulted_on": ago(2),
        "received_on": ago(1),
        "final": True,
    }
    return samples.record_result(actor_of(nurse), tube, given=ResultInput(**given | more))


@pytest.mark.parametrize(
    ("text", "finding", "stored"),
    [
        ("<50", "NEGATIVE", ("<", None, True, 50)),
        ("< 50 copies", "NEGATIVE", ("<", None, True, 50)),
        ("≤0.5", "NEGATIVE", ("≤", None, True, Decimal("0.5"))),
        (">10^6", "POSITIVE", (">", 1000000, False, None)),
        ("未检出", "NEGATIVE", ("ND", None, False, None)),
        ("１，５２０．５", "POSITIVE", ("", Decimal("1520.5"), False, None)),
    ],
)
def test_a_number_is_kept_as_its_bound_and_as_typed(nurse, site, text, finding, stored) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES"), "V1")
    collect(nurse, tube, 9)
    row = result(nurse, tube, reported=text, finding=finding)
    row.refresh_from_db()
    found = (row.comparator, row.value, row.below_quantification, row.lower_limit)
    assert found == stored
    assert row.reported == text


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reported": "1,5"}, "value"),
        ({"reported": "<50 %"}, "value"),
        ({"reported": "未检出", "finding": "POSITIVE"}, "finding"),
        ({"reported": "<50", "lower_limit": Decimal(20)}, "lower_limit"),
        ({"reported": "<0"}, "lower_limit"),
        ({"reported": "<LLOQ"}, "lower_limit"),
    ],
)
def test_a_number_that_contradicts_itself_is_refused(nurse, site, more, field) -> None:
    (tube,) = tubes(nurse, registered(nurse, site, "SAMPLES"), "V1")
    collect(nurse, tube, 9)
    with pytest.raises(Refused) as refused:
        result(nurse, tube, **more)
    assert field in refused.value.fields
