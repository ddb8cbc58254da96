"""Linked reports: both sides, outside numbers, what a file offers, undone, the next version."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.models import Product
from pv.actions import case_links, cases, duplicates, receptions
from pv.domain.cases.case_links import LINKED, CaseLinkKind, mirrored
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.domain.periodic import line
from pv.models import Case, CaseLink
from pv.queries import aggregates, received
from pv.queries import case_links as queries
from tests import factories
from tests.pv.actions.test_receptions import CODED, accept, report

pytestmark = pytest.mark.django_db


def again(case: Case) -> Case:
    return Case.objects.get(id=case.id)


def named(case: Case) -> list[str]:
    case = again(case)
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    return [node.text(LINKED) for node in root.each(LINKED)]


def link(officer, case, number, kind="same_lot", reason="同一载体批次") -> CaseLink:
    lock = again(case).lock_version
    return case_links.link(
        officer, again(case), number=number, kind=kind, reason=reason, lock_version=lock
    )


def undo(officer, made, reason="误关联") -> None:
    lock = Case.objects.get(id=made.case_id).lock_version
    case_links.undo(officer, queries.one(officer, made.id), reason=reason, lock_version=lock)


@pytest.fixture
def another(site, nurse) -> Case:
    patient = factories.register(nurse, site)
    return Case.objects.get(sources__event=factories.malignancy(nurse, patient))


def test_two_cases_name_each_other_until_the_link_is_undone(officer, case, another) -> None:
    made = link(officer, case, another.number, "sibling")
    assert (named(case), named(another)) == ([another.worldwide_id], [case.worldwide_id])
    [mine], [theirs] = queries.of_case(officer, case), queries.of_case(officer, another)
    assert (mine.other, theirs.other) == (another, case)
    assert (mine.link.kind, theirs.link.kind) == ("sibling", "sibling")
    with pytest.raises(Refused):
        link(officer, another, case.worldwide_id)
    undo(officer, made)
    assert (named(case), named(another)) == ([], [])
    assert [row.link.undone_because for row in queries.of_case(officer, another)] == ["误关联"]
    assert link(officer, another, case.worldwide_id, "parent")
    assert queries.of_case(officer, case)[0].link.kind == "child"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "x" * 101}, "number"),
        ({"number": "C99-9999"}, "number"),
        ({"kind": ""}, "kind"),
        ({"reason": " "}, "reason"),
        ({"kind": "same_patient"}, "number"),
    ],
)
def test_what_is_incomplete_or_cannot_be_is_refused_at_its_field(
    officer, case, another, values, field
) -> None:
    given = {"number": another.number, "kind": "same_lot", "reason": "x"} | values
    lock = again(case).lock_version
    with pytest.raises(Refused) as refused:
        case_links.link(officer, again(case), **given, lock_version=lock)
    assert set(refused.value.fields) == {field}
    with pytest.raises(Conflict):
        case_links.link(
            officer, case, number="US-A-1", kind="same_lot", reason="x", lock_version=99
        )


def test_a_released_version_stays_as_it_went_out_and_the_next_one_names_the_link(
    officer, nurse, site
) -> None:
    event = factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    case = Case.objects.get(sources__event=event)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    cases.edit(officer, case, changes=CODED, lock_version=again(case).lock_version)
    first = link(officer, case, "US-BEFORE-1", "literature")
    file = factories.release(
        officer, factories.to_submission(officer, again(case)), profile=Profile.NMPA
    )
    [message] = read_batch(bytes(file.content)).messages
    assert [node.text(LINKED) for node in message.each(LINKED)] == ["US-BEFORE-1"]
    link(officer, case, "US-AFTER-2")
    undo(officer, first)
    assert named(case) == ["US-BEFORE-1"]
    state = {row.link.number: row.in_message for row in queries.of_case(officer, case)}
    assert state == {"US-AFTER-2": False, "US-BEFORE-1": True}
    cases.new_version(
        officer,
        again(case),
        kind="follow_up",
        information_on=clock.today(),
        lock_version=again(case).lock_version,
    )
    assert named(case) == ["US-AFTER-2"]


def test_a_received_file_offers_its_links_and_keeps_ours(officer, case) -> None:
    message = report()
    for number in (case.worldwide_id, "JP-OTHER-7"):
        message.root.add(LINKED).values[LINKED] = number
    taken = receptions.import_icsr(officer, message, file_name="partner.xml")
    imported = accept(officer, taken.received)
    offers = {row.number: row.other for row in queries.offers(officer, imported)}
    assert offers == {case.worldwide_id: case, "JP-OTHER-7": None}
    link(officer, imported, case.worldwide_id)
    assert [row.number for row in queries.offers(officer, imported)] == ["JP-OTHER-7"]
    assert named(case) == [imported.worldwide_id]
    later = report(latest="20260915", created="20260916120000+0800", outcome="1")
    row = receptions.import_icsr(officer, later, file_name="later.xml").received
    assert case.worldwide_id in [
        node.text(LINKED)
        for node in received.prepared(imported, row, imported.product, clock.today()).each(LINKED)
    ]


def test_an_outside_number_becomes_a_case_when_its_report_comes(officer, case) -> None:
    link(officer, case, "CN-PARTNER-0001", "child")
    [line_] = queries.of_case(officer, case)
    assert line_.other is None
    taken = receptions.import_icsr(officer, report(), file_name="partner.xml")
    [line_] = queries.of_case(officer, case)
    assert line_.other == taken.case
    [offer] = queries.offers(officer, taken.case)
    assert (offer.other, offer.kind, offer.source) == (case, "parent", "other")


def test_a_decision_of_one_patient_and_another_event_offers_the_link(officer, case) -> None:
    theirs = factories.make_actor(Role.NURSE, site=case.site)
    event = factories.malignancy(theirs, case.patient)
    other = Case.objects.get(sources__event=event)
    lock = again(other).lock_version
    duplicates.decide(officer, other, case, outcome="related", reason="两次", lock_version=lock)
    for mine, theirs in ((case, other), (other, case)):
        [offer] = queries.offers(officer, again(mine))
        assert (offer.other, offer.kind, offer.source) == (theirs, "same_patient", "duplicate")
    link(officer, other, case.number, "same_patient")
    assert queries.offers(officer, case) == queries.offers(officer, other) == []


@pytest.mark.parametrize(("kind", "rows"), [("parent", 1), ("sibling", 2)])
def test_a_number_linked_before_its_case_came_is_linked_back_once(
    officer, case, kind, rows
) -> None:
    made = link(officer, case, "CN-PARTNER-0001", "child")
    taken = receptions.import_icsr(officer, report(), file_name="partner.xml")
    assert taken.case.worldwide_id == "CN-PARTNER-0001"
    back = link(officer, taken.case, case.worldwide_id, kind)
    [mine] = queries.standing(queries.of_case(officer, case))
    assert (mine.link.kind, mine.link.other) == (mirrored(CaseLinkKind(kind)), taken.case)
    assert (mine.link.id == made.id) is (rows == 1)
    assert len(queries.of_case(officer, case)) == rows
    assert (named(case), named(taken.case)) == (["CN-PARTNER-0001"], [case.worldwide_id])
    assert queries.offers(officer, case) == queries.offers(officer, taken.case) == []
    undo(officer, back)
    assert (named(case), named(taken.case)) == ([], [])


def test_what_was_undone_or_nullified_is_not_offered_and_a_nullified_partner_is_told_of(
    officer, case
) -> None:
    theirs = factories.make_actor(Role.NURSE, site=case.site)
    other = Case.objects.get(sources__event=factories.malignancy(theirs, case.patient))
    lock = again(other).lock_version
    duplicates.decide(officer, other, case, outcome="related", reason="两次", lock_version=lock)
    made = link(officer, other, case.number, "same_patient")
    undo(officer, made)
    assert queries.offers(officer, case) == queries.offers(officer, other) == []
    link(officer, other, case.number, "same_patient")
    cases.nullify(officer, again(other), reason="x", lock_version=again(other).lock_version)
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    text = f"The linked case {other.number} is nullified"
    assert text in client.get(reverse("case", args=[case.id])).content.decode()
    undo(officer, queries.of_case(officer, case)[0].link)
    assert text not in client.get(reverse("case", args=[case.id])).content.decode()


def test_a_case_that_ended_is_not_offered(officer, case) -> None:
    link(officer, case, "CN-PARTNER-0001", "child")
    taken = receptions.import_icsr(officer, report(), file_name="partner.xml")
    assert [row.other for row in queries.offers(officer, taken.case)] == [case]
    cases.nullify(officer, again(case), reason="x", lock_version=again(case).lock_version)
    assert queries.offers(officer, taken.case) == []


def test_a_link_asks_for_the_right_to_both_cases(officer, case, another) -> None:
    made = link(officer, case, another.number)
    other = Product.objects.exclude(id=case.product_id).first()
    narrow = factories.make_actor(Role.SAFETY_OFFICER, product=other)
    assert queries.target(narrow, another.number) is None
    with pytest.raises(NotFound):
        queries.one(narrow, made.id)


def test_page_summary_api_and_listing_show_the_link(officer, case, another) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER, language="en"))
    where = reverse("case-links", args=[case.id])
    sent = {
        "lock_version": again(case).lock_version,
        "number": "DE-OUT-5",
        "kind": "",
        "reason": "typed",
    }
    answer = client.post(where, sent)
    assert answer.status_code == 422
    assert "typed" in answer.content.decode()
    assert client.post(where, sent | {"kind": "literature"}).status_code == 302
    api = reverse("api-case-links", args=[case.id])
    body = {"number": another.number, "kind": "sibling", "reason": "x"}
    body["lock_version"] = again(case).lock_version
    answer = client.post(api, json.dumps(body), content_type="application/json")
    assert [row["number"] for row in answer.json()["items"]] == ["DE-OUT-5", another.worldwide_id]
    for page in (client.get(where), client.get(reverse("case", args=[case.id]))):
        text = page.content.decode()
        assert "DE-OUT-5" in text
        assert another.number in text
        assert "Sibling" in text
    summary = client.get(reverse("case", args=[another.id])).content.decode()
    assert case.number in summary
    records = aggregates.records(officer, case.product, clock.today())
    lines = {row.number.split()[0]: line(row, "en").linked for row in records}
    assert "DE-OUT-5" in lines[case.number]
    assert another.worldwide_id in lines[case.number]
    link_id = answer.json()["items"][0]["id"]
    gone = {"lock_version": again(case).lock_version, "reason": ""}
    undoing = reverse("case-link-undo", args=[case.id, link_id])
    client.post(undoing, gone)
    assert "DE-OUT-5" in named(case)
    client.post(undoing, gone | {"reason": "wrong article"})
    assert named(case) == [another.worldwide_id]
