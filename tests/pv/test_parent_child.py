"""The case of a child or foetus opened from its parent: D.10, clocks, one or two reports, doors."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import events
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from pv.actions import cases, receptions
from pv.domain.e2b import storage
from pv.models import Case
from pv.queries import case_links, received
from pv.queries import cases as queries
from tests import factories
from tests.followup.actions.test_infusions import corrected
from tests.pv.actions.test_receptions import accept, report
from tests.pv.test_case_facts import pregnancy

pytestmark = pytest.mark.django_db


BIRTH = PartialDate(2026, 1, 15)


def told(**values) -> cases.ChildInput:
    start = {
        "exposure": "pregnancy",
        "subject": "child",
        "verbatim": "室间隔缺损",
        "outcome": "NOT_RECOVERED",
        "parent_reaction": True,
        "aware_on": clock.today() - timedelta(days=2),
        "criteria": ("CONGENITAL_ANOMALY",),
    }
    return cases.ChildInput(**start | values)


def opened(officer, case, **values) -> Case:
    case = Case.objects.get(id=case.id)
    return cases.open_child(officer, case, told=told(**values), lock_version=case.lock_version)


def root_of(case):
    case = Case.objects.get(id=case.id)
    return storage.from_data(case.versions.get(number=case.current_version).message)


def test_both_have_a_reaction_so_two_reports_name_each_other(officer, case) -> None:
    child = opened(officer, case)
    on = clock.today() - timedelta(days=2)
    assert (child.serious, child.day_zero, child.received_on) == (True, on, on)
    assert child.clocks.get(rule="CN-S").due == on + timedelta(days=15)
    assert child.patient_id is None
    said, mother = root_of(child), root_of(case)
    assert said.get("D.10.6") == mother.get("D.5")
    assert said.text("D.CN.3") == mother.text("D.CN.3")
    assert said.text("C.1.8.1") == child.worldwide_id != case.worldwide_id
    assert [n.text("C.1.10.r") for n in said.each("C.1.10.r")] == [case.worldwide_id]
    assert [n.text("C.1.10.r") for n in mother.each("C.1.10.r")] == [child.worldwide_id]
    assert case_links.of_case(officer, case)[0].link.kind == "child"
    assert [row.reference for row in queries.sources(officer, child)] == [case.number]


def test_a_child_alone_is_one_report_that_names_no_other(officer, case) -> None:
    child = opened(officer, case, parent_reaction=False)
    assert root_of(child).each("C.1.10.r") == []
    assert root_of(case).each("C.1.10.r") == []
    assert root_of(child).get("D.10.1") is not None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"exposure": ""}, "exposure"),
        ({"subject": ""}, "subject"),
        ({"exposure": "breast_feeding", "subject": "foetus"}, "subject"),
        ({"verbatim": " "}, "verbatim"),
        ({"outcome": ""}, "outcome"),
        ({"parent_reaction": None}, "parent_reaction"),
        ({"aware_on": None}, "aware_on"),
        ({"aware_on": clock.today() + timedelta(days=400)}, "aware_on"),
        ({"gestation": 20}, "gestation"),
        ({"born": BIRTH, "onset": PartialDate(2025, 12)}, "onset"),
        ({"subject": "foetus", "gestation": 46}, "gestation"),
    ],
)
def test_what_is_missing_is_refused_at_its_field(officer, case, values, field) -> None:
    with pytest.raises(Refused) as refused:
        opened(officer, case, **values)
    assert set(refused.value.fields) == {field}
    assert Case.objects.count() == 1


def test_of_a_received_parent_the_sender_is_the_holder_and_the_country_that_of_the_reporter(
    officer,
) -> None:
    taken = receptions.import_icsr(officer, report(name="PARTNER-1"), file_name="partner.xml")
    with pytest.raises(Refused):  # before it is accepted it names the partner as the sender
        opened(officer, taken.case)
    parent = accept(officer, taken.received)
    child = opened(officer, parent)
    assert child.worldwide_id == f"CN-{parent.product.holder.code}-{child.number}"
    assert root_of(child).text("C.3.2") == root_of(parent).text("C.3.2")
    # It is a case of ours: a report about it that is rejected does not end it.
    later = report(name=child.worldwide_id, latest=f"{clock.today():%Y%m%d}")
    row = receptions.import_icsr(officer, later, file_name="later.xml").received
    shown = received.prepared(child, row, child.product, clock.today())
    assert shown.text("C.1.1") == child.worldwide_id
    assert shown.text("C.1.4") == f"{child.received_on:%Y%m%d}"
    assert receptions.reject(officer, row, code="OTHER_PATIENT").stage == Case.Stage.DRAFTED


def test_what_is_corrected_of_the_infusion_is_offered_to_the_report_on_the_child(
    officer, case
) -> None:
    child = opened(officer, case)
    clocks = list(child.clocks.order_by("id").values())
    nurse = factories.make_actor(Role.NURSE, site=case.site)
    corrected(nurse, factories.infusion_of(case.patient), lot="B77")
    source = child.sources.get(kind="infusion")
    assert source.values == {"G.k[1].4.r[1].7": "B77"}
    assert list(child.clocks.order_by("id").values()) == clocks
    lock = Case.objects.get(id=child.id).lock_version
    cases.adopt(officer, child, source=source, paths=source.values, lock_version=lock)
    [dose] = root_of(child).each("G.k")[0].each("G.k.4.r")
    assert dose.text("G.k.4.r.7") == "B77"
    corrected(nurse, factories.infusion_of(case.patient), prior_lines=5)
    assert child.sources.filter(kind="infusion").count() == 1


def test_a_father_is_not_said_to_breast_feed(officer, case) -> None:
    case = Case.objects.get(id=case.id)
    cases.edit(officer, case, changes={"D.5": "1"}, lock_version=case.lock_version)
    with pytest.raises(Refused) as refused:
        opened(officer, case, exposure="breast_feeding")
    assert set(refused.value.fields) == {"exposure"}


def test_the_death_of_a_foetus_is_reported_on_the_parent_alone(officer, case) -> None:
    with pytest.raises(Refused):
        opened(officer, case, subject="foetus", criteria=("DEATH",), outcome="FATAL")
    assert Case.objects.count() == 1
    with pytest.raises(Conflict):
        cases.open_child(officer, case, told=told(), lock_version=99)


def test_of_twins_one_is_born_although_the_other_was_lost(officer, nurse, site) -> None:
    patient = factories.register(nurse, site)
    given = pregnancy(pregnancy_of="PARTNER", pregnancy_outcome="STILLBIRTH")
    events.report(nurse, factories.infusion_of(patient), given=given)
    case = Case.objects.get(patient=patient)
    with pytest.raises(Refused):
        opened(officer, case, subject="foetus")
    assert opened(officer, case, subject="child").day_zero


def test_page_and_api_open_it(officer, case) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    where = reverse("case-child", args=[case.id])
    assert "Report on a child or foetus" in client.get(where).content.decode()
    sent = {
        "lock_version": Case.objects.get().lock_version,
        "subject": "foetus",
        "exposure": "pregnancy",
        "verbatim": "Hydrops",
        "criteria": ["OTHER_IMPORTANT"],
        "outcome": "UNKNOWN",
        "gestation": "24",
        "aware_on": clock.today().isoformat(),
    }
    answer = client.post(where, sent)
    assert answer.status_code == 422
    assert "Hydrops" in answer.content.decode()
    answer = client.post(where, sent | {"parent_reaction": "no"}, follow=True)
    assert "decide in its triage" in answer.content.decode()
    child = Case.objects.exclude(id=case.id).get()
    assert (root_of(child).text("D.2.3"), root_of(child).text("D.2.2.1a")) == ("0", "24")
    assert f"Report on the parent, {case.number}" in answer.content.decode()
    body = {k: v for k, v in sent.items() if k != "gestation"}
    body |= {"parent_reaction": True, "onset": "2026-03", "subject": "child", "born": None}
    api = reverse("api-case-child", args=[case.id])
    answer = client.post(api, body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    second = Case.objects.get(id=answer.json()["id"])
    links = client.get(reverse("case-links", args=[case.id])).content.decode()
    assert all(f'<a href="/cases/{one.id}/">{one.number}</a>' in links for one in (child, second))
    assert root_of(second).each("E.i")[0].text("E.i.4") == "202603"
    assert client.get(reverse("case", args=[second.id])).status_code == 200
