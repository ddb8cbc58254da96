"""Risk management plans: two persons, versions, measures by their day, documents, pages, export."""

import hashlib
import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Change, Notice
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.queries.reminders import notice_validity
from pv.actions import register_documents as documents
from pv.actions import risk_plans as actions
from pv.actions import signals
from pv.actions.risk_plans import PlanInput
from pv.models import RegisterContent, RiskPlan
from pv.queries import calendars, due_days, register_documents, risk_plans
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"


@pytest.fixture
def product():
    return factories.product()


@pytest.fixture
def keeper():
    return factories.make_actor(Role.REGULATORY)


@pytest.fixture
def officer():
    return factories.make_actor(Role.SAFETY_OFFICER)


def begun(actor, product, number="1.0") -> RiskPlan:
    plan = PlanInput(number, clock.today() - timedelta(days=30), "first version")
    return actions.enter(actor, product, plan=plan)


def measure(actor, plan, risk, **more):
    values = {"risk": str(risk.pk), "kind": "ADDITIONAL_ACTIVITY", "description": "Registry"}
    values |= {"owner_name": "", "due": None, "duty": ""}
    return actions.add_measure(actor, plan, values=values | more)


def written(actor, product, number="1.0", *, due=None) -> RiskPlan:
    plan = begun(actor, product, number)
    values = {"category": "IMPORTANT_IDENTIFIED", "name": "CRS", "note": "", "signal": None}
    risk = actions.add_risk(actor, plan, values=values)
    measure(actor, plan, risk)
    measure(
        actor,
        plan,
        risk,
        kind="ADDITIONAL_MINIMISATION",
        description="Patient card",
        owner_name="QPPV",
        due=due,
        duty="PSUR",
    )
    return RiskPlan.objects.get(id=plan.id)


def confirmed(writer, other, product, number="1.0", *, due=None) -> RiskPlan:
    plan = written(writer, product, number, due=due)
    return actions.confirm(other, plan, version=plan.version)


def card(plan):
    return plan.measures.get(description="Patient card")


def test_a_version_holds_once_who_wrote_none_of_it_confirms_it(keeper, officer, product) -> None:
    plan = begun(keeper, product)
    with pytest.raises(Refused):
        actions.confirm(officer, plan, version=1)  # no risk yet
    third = factories.make_actor(Role.STUDY_MANAGER)
    values = {"category": "IMPORTANT_IDENTIFIED", "name": "CRS", "note": "", "signal": None}
    risk = actions.add_risk(officer, plan, values=values)
    measure(keeper, plan, risk)
    with pytest.raises(Refused, match="CRS"):  # watched, not acted on
        actions.confirm(third, plan, version=3)
    measure(keeper, plan, risk, kind="ROUTINE_MINIMISATION", description="Label")
    for writer in (keeper, officer):
        with pytest.raises(Refused):
            actions.confirm(writer, plan, version=4)
        with pytest.raises(Refused):
            actions.refuse(writer, plan, reason="mine")
    with pytest.raises(Conflict):
        actions.confirm(third, plan, version=3)
    assert risk_plans.in_force_of(product.id) is None
    actions.confirm(third, plan, version=4)
    assert risk_plans.in_force_of(product.id) == plan
    with pytest.raises(Refused):
        actions.add_risk(keeper, plan, values=values | {"name": "ICANS"})


def test_the_next_version_keeps_what_holds_and_says_what_changed(keeper, officer, product) -> None:
    due = clock.today() + timedelta(days=60)
    first = confirmed(keeper, officer, product, due=due)
    done = actions.complete(officer, card(first), done_on=clock.today(), evidence="printed")
    actions.check_effectiveness(
        officer,
        card(first),
        indicator="cards handed out",
        target="95 %",
        result="80 %",
        outcome="NOT_REACHED",
        checked_on=clock.today(),
    )
    second = begun(keeper, product, "1.1")
    with pytest.raises(Refused):
        begun(officer, product, "1.2")  # one draft at a time
    assert risk_plans.changes(second) == []
    risk = second.risks.get()
    later = due + timedelta(days=300)
    actions.remove_measure(keeper, card(second))
    again = measure(
        keeper, second, risk, kind="ADDITIONAL_MINIMISATION", owner_name="QPPV", due=later
    )
    kept = RiskPlan.objects.get(id=second.id)
    assert sorted(each.code.value for each in risk_plans.changes(kept)) == [
        "MEASURE_ADDED",
        "MEASURE_REMOVED",
    ]
    assert [line.done for line in risk_plans.lines(officer, first)[0].measures if line.done] == [
        done
    ]
    actions.confirm(officer, kept, version=kept.version)
    until = clock.today() + timedelta(days=700)
    owed = risk_plans.owed(officer, since=clock.today(), until=until)
    assert [(each.measure, each.done) for each in owed] == [(again, None)]
    with pytest.raises(Refused):
        actions.complete(officer, card(first), done_on=clock.today(), evidence="late")


def test_an_open_measure_is_in_the_list_the_feed_and_the_reminders(
    keeper, officer, product
) -> None:
    due = clock.today() + timedelta(days=20)
    plan = confirmed(keeper, officer, product, due=due)
    today = clock.today()
    row = next(row for row in due_days.listing(officer, today=today) if row.page == "plan-measure")
    assert (row.due, row.owner, row.days(today)) == (due, "QPPV", 20)
    assert due in [e.on for e in calendars.entries(officer, today=today) if e.uid == row.uid]
    kept = card(plan)
    assert _silence(kept) == ""
    actions.complete(keeper, kept, done_on=today, evidence="printed")
    assert _silence(kept) == "closed"
    assert row.uid not in [e.uid for e in calendars.entries(officer, today=today)]
    assert next(r for r in due_days.measures(officer, today=today)).evidence == "printed"
    with pytest.raises(Refused):
        actions.complete(officer, kept, done_on=today, evidence="twice")


def _silence(row) -> str:
    source = risk_plans.reminders
    statement = source.statement(source.any_keys)
    with factories.transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, {"keys": [f"{row.lineage}/{row.due}"]})
        names = [column.name for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))["silence"]


def test_a_measure_the_next_version_keeps_stays_reminded_of_until_it_is_done(
    keeper, officer, product
) -> None:
    today = clock.today()
    sweep = Actor.process("sweep")
    confirmed(keeper, officer, product, due=today - timedelta(days=10))
    reminders.sweep(sweep, kind="risk_measure", today=today)
    notices = list(Notice.objects.filter(obligation__startswith="risk_measure:"))
    assert {notice.recipient_id for notice in notices} >= {keeper.id, officer.id}
    second = actions.enter(keeper, product, plan=PlanInput("1.1", today, "kept"))
    actions.confirm(officer, second, version=second.version)
    reminders.sweep(sweep, kind="risk_measure", today=today)
    assert Notice.objects.filter(obligation__startswith="risk_measure:").count() == len(notices)
    known = notice_validity(notices).values()
    assert {each.facts.target for each in known if each.facts} == {str(second.id)}
    assert "closed" not in {each.reason for each in known}
    actions.complete(officer, card(second), done_on=today, evidence="printed")
    assert {each.reason for each in notice_validity(notices).values()} == {"closed"}


def test_a_document_is_kept_with_its_hash_and_removed_with_a_reason(
    keeper, officer, product
) -> None:
    plan = begun(keeper, product)
    row = documents.add(keeper, plan, title="Plan 1.0", name="a.pdf", content=PDF)
    assert row.sha256 == hashlib.sha256(PDF).hexdigest()
    assert register_documents.open_content(officer, row) == PDF
    assert "Catalog" not in RegisterContent.objects.get(document=row).content_sealed
    trail = Change.objects.get(table_name="pv_registercontent", row_id=str(row.id))
    assert "content_sealed" not in str(trail.after)
    for title, content in (("Plan", PDF), ("", PDF + b" "), ("x", b"MZ")):
        with pytest.raises(Refused):
            documents.add(officer, plan, title=title, name="b.pdf", content=content)
    with pytest.raises(Refused):
        documents.remove(officer, row, reason=" ")
    documents.remove(officer, row, reason="wrong product")
    with pytest.raises(NotFound):
        register_documents.open_content(officer, register_documents.one(officer, row.id))


def test_who_does_not_hold_the_product_finds_nothing(keeper, officer, product) -> None:
    other = factories.Product.objects.exclude(id=product.id).first()
    stranger = factories.make_actor(Role.REGULATORY, product=other)
    plan = confirmed(keeper, officer, product, due=clock.today())
    row = documents.add(keeper, plan, title="Plan", name="a.pdf", content=PDF)
    for read in (
        lambda: risk_plans.one(stranger, plan.id),
        lambda: risk_plans.measure(stranger, card(plan).id),
        lambda: register_documents.one(stranger, row.id),
    ):
        with pytest.raises(NotFound):
            read()
    assert due_days.measures(stranger, today=clock.today()) == []


def test_the_pages_lead_from_a_first_version_to_the_export(product) -> None:
    writer, other = factories.make_user(Role.SAFETY_OFFICER), factories.make_user(Role.REGULATORY)
    first, second = Client(), Client()
    first.force_login(writer)
    second.force_login(other)
    officer = factories.actor_of(writer, request_id="test")
    signal = signals.detect(
        officer,
        product,
        term="IEC-EC",
        source="cases",
        detected_on=clock.today(),
        description="three cases",
    )
    empty = first.post(reverse("risk-plan-new"), {"number": "1.0"})
    assert empty.status_code == 422
    sent = {"product": product.id, "number": "1.0", "valid_from": clock.today(), "rationale": "new"}
    url = first.post(reverse("risk-plan-new"), sent)["Location"]
    plan = RiskPlan.objects.get()
    risk = {"category": "IMPORTANT_POTENTIAL", "name": "IEC-EC", "signal": signal.id}
    assert first.post(reverse("plan-risk-new", args=[plan.pk]), risk).status_code == 302
    line = plan.risks.get()
    assert line.signal == signal
    due = clock.today() + timedelta(days=10)
    for kind, more in (("ROUTINE_ACTIVITY", {}), ("ADDITIONAL_MINIMISATION", {"due": due})):
        values = {"risk": line.pk, "kind": kind, "description": kind, "owner_name": "QPPV"} | more
        assert first.post(reverse("plan-measure-new", args=[plan.pk]), values).status_code == 302
    sent = {"title": "Plan", "file": SimpleUploadedFile("plan.pdf", PDF)}
    assert (
        first.post(reverse("register-document-new", args=["risk_plan", plan.pk]), sent)["Location"]
        == url
    )
    plan.refresh_from_db()
    assert first.post(url, {"version": plan.version}).status_code == 422  # wrote it
    assert second.post(url, {"version": plan.version - 1}).status_code == 422  # read another one
    assert second.post(url, {"version": plan.version}).status_code == 302
    page = second.get(url).content.decode()
    assert "IEC-EC" in page
    assert signal.number in page
    measured = reverse("plan-measure", args=[plan.measures.get(due=due).pk])
    done = {"done": 1, "done_on": clock.today(), "evidence": "letter 7"}
    assert second.post(measured, {"done": 1, "done_on": clock.today()}).status_code == 422
    assert second.post(measured, done).status_code == 302
    check = {"indicator": "cards", "target": "95 %", "result": "97 %", "outcome": "REACHED"}
    assert second.post(measured, check | {"checked_on": clock.today()}).status_code == 302
    with translation.override("en"):
        file = second.get(
            reverse("risk-plan-file", args=[plan.pk]), headers={"accept-language": "en"}
        )
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert len(book.sheetnames) == 4
    text = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert {"IEC-EC", "letter 7", "97 %", hashlib.sha256(PDF).hexdigest()} <= set(text)
    assert second.get(reverse("risk-plans")).status_code == 200
    assert "IEC-EC" in second.get(reverse("duties")).content.decode()


def test_the_api_says_what_the_page_says(keeper, officer, product) -> None:
    due = clock.today() + timedelta(days=20)
    plan = confirmed(keeper, officer, product, due=due)
    actions.complete(keeper, card(plan), done_on=clock.today(), evidence="printed")
    documents.add(keeper, plan, title="Plan", name="a.pdf", content=PDF)
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY))
    listed = client.get(reverse("api-risk-plans")).json()
    assert [row["id"] for row in listed["in_force"]] == [str(plan.id)]
    found = client.get(reverse("api-risk-plan", args=[plan.id])).json()
    assert (found["in_force"], found["number"]) == (True, "1.0")
    measures = found["risks"][0]["measures"]
    assert [(m["due"], m["evidence"]) for m in measures] == [(None, ""), (str(due), "printed")]
    assert found["documents"][0]["sha256"] == hashlib.sha256(PDF).hexdigest()
    client.force_login(factories.make_user(Role.NURSE))
    assert client.get(reverse("api-risk-plan", args=[plan.id])).status_code == 404
