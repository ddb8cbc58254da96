"""A lot as a whole, its complaints, the cluster clock, and the recall list."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from pv.actions import lots as actions
from pv.domain.clocks import Circumstance, circumstances
from pv.models import Case, LotCluster, LotContact, ProductComplaint
from pv.queries import lots, obligations, rules
from tests import factories
from tests.pages import unbroken
from tests.pv.actions.test_receptions import accept, report, take

pytestmark = pytest.mark.django_db
LOT = "A2608-17"


@pytest.fixture
def page() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    return client


def values(**more):
    given = {"lot": LOT.lower(), "kind": "temperature", "source": "ward", "description": "warm"}
    return given | {"received_on": clock.today() - timedelta(days=1)} | more


def running(case: Case) -> dict[str, object]:
    rows = case.clocks.filter(stopped_at__isnull=True)
    return {row.rule: (row.day_zero, row.due, row.met_on) for row in rows}


def test_a_lot_shows_its_infusions_cases_samples_and_complaints(officer, case) -> None:
    row = actions.record(officer, case.product, values=values())
    found = lots.one(officer, case.product_id, LOT.lower())
    assert (found.total, len(found.infusions)) == (1, 1)
    assert [one.id for one in found.cases] == [case.id]
    assert [one.id for one in found.complaints] == [row.id]
    assert len(found.samples) == case.work_up.event.samples.count() > 0
    assert [(one.site.id, one.contact) for one in found.reached] == [(case.site_id, None)]
    line = lots.search(officer, "a26")[0]
    assert (line.lot, line.infusions, line.cases, line.complaints) == (LOT, 1, 1, 1)
    assert lots.search(officer, "B") == []
    stranger = factories.make_actor(
        Role.SAFETY_OFFICER, product=factories.Product.objects.exclude(id=case.product_id).first()
    )
    assert lots.search(stranger, "") == []
    with pytest.raises(NotFound):
        lots.one(stranger, case.product_id, LOT)


def test_a_case_that_names_its_lot_counts_in_the_list_as_on_the_page(officer) -> None:
    message = report()
    (suspect,) = message.root.each("G.k")
    suspect.add("G.k.4.r").values["G.k.4.r.7"] = LOT.lower()
    partner = accept(officer, take(officer, message).received)
    actions.record(officer, partner.product, values=values())
    (line,) = lots.search(officer, LOT)
    found = lots.one(officer, partner.product_id, LOT)
    assert ([one.id for one in found.cases], line.cases) == ([partner.id], 1)


def test_a_complaint_has_its_clock_to_the_manufacturer_until_it_is_told(officer, case) -> None:
    row = actions.record(officer, case.product, values=values())
    assert row.due == clock.today() + timedelta(days=2)
    assert row.number.startswith("Q")
    for wrong in ({"lot": " "}, {"kind": "taste"}, {"received_on": clock.today() + timedelta(1)}):
        with pytest.raises(Refused) as refused:
            actions.record(officer, case.product, values=values(**wrong))
        assert list(refused.value.fields) == list(wrong)
    today = clock.today()
    with pytest.raises(Refused):
        actions.conclude(officer, row, concluded_on=today, conclusion="x", version=1)
    for wrong in ({"proof": " "}, {"told_on": today - timedelta(days=5)}):
        with pytest.raises(Refused):
            actions.tell_manufacturer(
                officer, row, **{"told_on": today, "proof": "mail 7", "version": 1} | wrong
            )
    actions.tell_manufacturer(officer, row, told_on=today, proof="mail 7", version=1)
    with pytest.raises(Conflict):
        actions.conclude(officer, row, concluded_on=today, conclusion="x", version=1)
    actions.conclude(officer, row, concluded_on=today, conclusion="no defect", version=2)
    assert lots.complaints(officer) == []
    assert lots.complaints(officer, open_only=False) == [row]


def test_a_lot_of_another_product_is_no_lot_of_this_one(officer, case) -> None:
    other = factories.Product.objects.exclude(id=case.product_id).first()
    with translation.override("en"), pytest.raises(Refused) as refused:
        actions.record(officer, other, values=values())
    (text,) = refused.value.fields["lot"]
    assert case.product.inn in text
    assert actions.record(officer, other, values=values(lot="NEVER-INFUSED")).product == other


def test_a_cluster_adds_its_duties_and_moves_nothing_else(officer, case) -> None:
    before, zero = running(case), Case.objects.get(id=case.id).day_zero
    today = clock.today()
    given = {"lot": LOT, "cases": [case.id], "seen_on": today, "reason": "three of four"}
    for wrong in ({"cases": []}, {"reason": " "}, {"seen_on": zero - timedelta(days=1)}):
        with pytest.raises(Refused) as refused:
            actions.declare_cluster(officer, case.product, **given | wrong)
        assert list(refused.value.fields) == list(wrong)
    actions.declare_cluster(officer, case.product, **given)
    after = running(case)
    assert {
        rule: clock_ for rule, clock_ in after.items() if not rule.startswith("CN-CL")
    } == before
    assert after["CN-CL:investigation"] == (today, today + timedelta(days=7), None)
    assert "CN-CL:report" in after
    assert Case.objects.get(id=case.id).day_zero == zero
    # The same lot declared again, earlier news or not, keeps the first day.
    actions.declare_cluster(officer, case.product, **given)
    assert running(case) == after
    facts = obligations.facts()
    seen = [Circumstance("cluster", today)]
    assert {duty.rule for duty in circumstances(rules.rule_set(), facts, seen)} == {
        "CN-CL:report",
        "CN-CL:investigation",
    }


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_a_lot_lead_from_complaint_to_recall(language, case) -> None:
    client = Client(raise_request_exception=False, headers={"accept-language": language})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language=language))
    sent = {"product": str(case.product_id), "lot": LOT, "kind": "label", "source": "ward"}
    sent |= {"received_on": clock.today().isoformat(), "description": "=wrong label"}
    assert client.post("/complaints/new/", sent | {"source": ""}).status_code == 422
    made = client.post("/complaints/new/", sent)
    assert made.status_code == 302
    assert client.post(made["location"], {"version": 1}).status_code == 422
    told = {"version": 1, "told_on": clock.today().isoformat(), "proof": "mail"}
    assert client.post(made["location"], told).status_code == 302
    twice = client.post(made["location"], told)
    assert twice.status_code == 422
    with translation.override(language):
        assert lots.told_words(ProductComplaint.objects.get()) in unbroken(twice.content.decode())
    assert ProductComplaint.objects.get().told_on == clock.today()
    assert LOT in client.get("/complaints/").content.decode()
    assert LOT in client.get("/lots/", {"q": "a2608"}).content.decode()
    address = reverse("lot", args=[case.product_id]) + f"?lot={LOT}"
    assert case.number in client.get(address).content.decode()
    today = clock.today().isoformat()
    assert client.post(address, {"seen_on": today, "reason": "x"}).status_code == 422
    cluster_ = {"seen_on": today, "reason": "x", "cases": [str(case.id)]}
    assert client.post(address, cluster_).status_code == 302
    assert LotCluster.objects.count() == 1
    contact = {"site": str(case.site_id), "reached_on": today, "how": "telephone"}
    assert client.post(address, contact).status_code == 422
    assert client.post(address, contact | {"answer": "=all seen"}).status_code == 302
    assert LotContact.objects.count() == 1
    file = client.get(reverse("lot-recall", args=[case.product_id]) + f"?lot={LOT}")
    text = file.content.decode()
    assert case.patient.study_code in text
    assert "'=all seen" in text
    assert "CN-CL" in client.get(address).content.decode()
    closed = {"version": 2, "concluded_on": clock.today().isoformat(), "conclusion": "none"}
    assert client.post(made["location"], closed).status_code == 302
    for late in (closed, told):
        again = client.post(made["location"], late)
        assert again.status_code == 422
        assert "safety_officer" in lots.closed_words(ProductComplaint.objects.get())
        with translation.override(language):
            assert lots.closed_words(ProductComplaint.objects.get()) in unbroken(
                again.content.decode()
            )
