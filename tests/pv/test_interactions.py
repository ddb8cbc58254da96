"""Exchanges with the authority: due days, answers, corrections, mistakes, calendar, files."""

import io
import json
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import reminders
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import DataLock, Notice
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.domain.calendars import working_days_between
from followup.models import ReferenceItem
from followup.queries import reference
from pv.actions import interactions as actions
from pv.actions import register_documents as documents
from pv.models import Interaction, InteractionAnswer
from pv.queries import calendars, due_days, interactions, rules
from pv.queries.inspection_packs import risks
from pv.queries.inspection_packs.annexes import PackChoice
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"
USUAL = {
    "certificate_number": "",
    "content": "",
    "reference_number": "CXSB2600001",
    "owner_name": "QPPV",
    "follows": None,
    "named_due": None,
}


@pytest.fixture
def product():
    return factories.product()


@pytest.fixture
def keeper():
    return factories.make_actor(Role.REGULATORY)


def letter(keeper, product, **more):
    values = {"kind": "SUPPLEMENTARY_DATA", "subject": "more data", "happened_on": clock.today()}
    return actions.record(keeper, product, values=USUAL | values | more)


def test_the_day_follows_the_kind_or_the_letter(keeper, product) -> None:
    row = letter(keeper, product)
    table = reference.holidays(keeper)
    assert row.due is not None
    assert working_days_between(row.happened_on, row.due, table) == 80
    assert (row.owed_by, row.stops_review, row.due_named) == ("HOLDER", True, False)
    named = letter(keeper, product, named_due=clock.today() + timedelta(days=9))
    assert (named.due, named.due_named) == (clock.today() + timedelta(days=9), True)
    assert letter(keeper, product, kind="DEFICIENCY_LETTER").due is None
    today = clock.today()
    for wrong in (
        {"kind": "PIGEON"},
        {"subject": " "},
        {"happened_on": today + timedelta(days=1)},
        {"named_due": today - timedelta(days=1)},
        {"kind": "EARLY_CONTACT", "named_due": today},
        {"certificate_number": "nobody's"},
    ):
        with pytest.raises(Refused):
            letter(keeper, product, **wrong)
    other = factories.Product.objects.exclude(id=product.id).first()
    with pytest.raises(Refused):
        letter(keeper, other, follows=row)
    with pytest.raises(Refused):
        letter(keeper, product, follows=row, happened_on=row.happened_on - timedelta(days=1))
    with pytest.raises(NotFound):
        interactions.one(factories.make_actor(Role.REGULATORY, product=other), row.id)


def test_an_answer_closes_it_and_a_withdrawn_one_opens_it_again(keeper, product) -> None:
    row = letter(keeper, product, happened_on=clock.today() - timedelta(days=10))
    given = {"answered_on": clock.today(), "content": "", "evidence": "receipt 7"}
    for wrong in (
        {"evidence": " "},
        {"answered_on": clock.today() + timedelta(days=1)},
        {"answered_on": clock.today() - timedelta(days=11)},
    ):
        with pytest.raises(Refused):
            actions.answer(keeper, row, **given | wrong)
    made = actions.answer(keeper, row, **given)
    assert not interactions.one(keeper, row.id).open
    with pytest.raises(Refused):
        actions.answer(keeper, row, **given)
    assert interactions.page(keeper, box="open").items == []
    with pytest.raises(Refused):
        actions.withdraw_answer(keeper, made, reason=" ")
    actions.withdraw_answer(keeper, made, reason="of another letter")
    assert [line.row for line in interactions.page(keeper, box="open").items] == [row]
    actions.answer(keeper, row, **given)
    early = letter(keeper, product, kind="EARLY_CONTACT")
    assert not interactions.one(keeper, early.id).open
    with pytest.raises(Refused):
        actions.answer(keeper, early, **given)


def test_a_correction_moves_the_day_and_needs_its_reason(keeper, product) -> None:
    row = letter(keeper, product, kind="EXPLANATION")
    values = USUAL | {"kind": "EXPLANATION", "subject": "explain", "happened_on": clock.today()}
    earlier = values | {"happened_on": clock.today() - timedelta(days=7)}
    with pytest.raises(Refused):
        actions.correct(keeper, row, values=earlier, version=1, reason="")
    with pytest.raises(Conflict):
        actions.correct(keeper, row, values=earlier, version=2, reason="wrong day")
    fixed = actions.correct(keeper, row, values=earlier, version=1, reason="wrong day")
    assert (fixed.due_version, fixed.version) == (2, 2)
    assert fixed.due < row.due
    kept = actions.correct(
        keeper, fixed, values=earlier | {"owner_name": "other"}, version=2, reason="owner"
    )
    assert kept.due_version == 2
    gone = actions.withdraw(keeper, kept, reason="sent to another holder")
    assert interactions.page(keeper, box="open").items == []
    with pytest.raises(Refused):
        actions.correct(keeper, gone, values=values, version=3, reason="again")


def test_days_stand_in_calendar_reminders_and_the_time_of_review(keeper, product) -> None:
    start = clock.today() - timedelta(days=30)
    row = letter(keeper, product, happened_on=start, named_due=clock.today())
    (entry,) = calendars.entries(keeper, today=clock.today())
    assert (entry.on, entry.page, entry.target) == (clock.today(), "interaction", str(row.id))
    (day,) = due_days.answers(keeper, today=clock.today())
    assert (day.due, day.done_on) == (clock.today(), None)
    review = interactions.review_time(keeper, row)
    assert review is not None
    table = reference.holidays(keeper)
    assert review.days == working_days_between(start, clock.today(), table)
    assert review.since == start
    sweep = Actor.process("sweep")
    reminders.sweep(sweep, kind="authority_answer", today=clock.today())
    assert Notice.objects.filter(obligation=f"authority_answer:{row.id}").exists()
    actions.answer(
        keeper, row, answered_on=start + timedelta(days=7), content="", evidence="receipt"
    )
    stood = interactions.review_time(keeper, row)
    assert stood is not None
    assert (stood.since, stood.days) == (
        None,
        working_days_between(start, start + timedelta(days=7), table),
    )
    assert list(calendars.entries(keeper, today=clock.today())) == []


def test_a_predicted_day_is_counted_again_once_the_holidays_are_known(keeper, product) -> None:
    row = letter(keeper, product)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.shift"):
        Interaction.objects.filter(id=row.id).update(
            due=date(2027, 12, 31), due_predicted=True, due_version=1
        )
    assert actions.recount(factories.SYSTEM, today=clock.today()) == 1
    again = Interaction.objects.get(id=row.id)
    assert (again.due, again.due_version) == (row.due, 2)
    assert actions.recount(factories.SYSTEM, today=clock.today()) == 0
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.rules"):
        data = json.loads(json.dumps(rules.data("authority_interactions")))
        for kind in data["kinds"]:
            kind["amount"] = kind["amount"] and kind["amount"] + 30
        ReferenceItem.objects.create(
            kind="document",
            code="authority_interactions",
            version="later",
            data=data,
            sha256="f" * 64,
            loaded_at=clock.now(),
        )
        Interaction.objects.filter(id=row.id).update(due_predicted=True)
    actions.recount(factories.SYSTEM, today=clock.today())
    kept = Interaction.objects.get(id=row.id)
    assert (kept.due, kept.rule_version) == (row.due, row.rule_version)  # the rule it came under
    later = letter(keeper, product)
    assert later.rule_version == "later"
    assert later.due > row.due


def test_the_pages_the_files_the_pack_and_the_api(keeper, product) -> None:
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY))
    typed = {"product": str(product.id), "kind": "MEETING_CLASS_II", "subject": "protocol"}
    typed |= {"happened_on": clock.today().isoformat(), "reference_number": "=1+1"}
    assert client.post(reverse("interaction-new"), typed | {"subject": ""}).status_code == 422
    url = client.post(reverse("interaction-new"), typed)["Location"]
    row = Interaction.objects.get()
    documents.add(keeper, row, title="letter", name="a.pdf", content=PDF)
    assert "a.pdf" in client.get(url).content.decode()
    typed |= {"version": "1", "reason": "typing", "subject": "the protocol"}
    assert client.post(f"{url}correct/", typed)["Location"] == url
    answer = {"answered_on": clock.today().isoformat(), "evidence": "minutes"}
    assert client.post(url, answer).status_code == 302
    made = InteractionAnswer.objects.get()
    withdraw = reverse("answer-withdraw", args=[made.id])
    assert client.post(withdraw, {"reason": ""}).status_code == 422
    (item,) = client.get(reverse("api-interactions")).json()["items"]
    assert (item["subject"], item["open"], item["evidence"]) == ("the protocol", False, "minutes")
    follow = client.get(f"{reverse('interaction-new')}?follows={row.id}").content.decode()
    assert "the protocol" in follow
    assert client.post(withdraw, {"reason": "not sent"}).status_code == 302
    assert client.get(reverse("interactions"), {"box": "open"}).content.decode().count(url) == 1
    book = client.get(reverse("register-file", args=["interactions", "xlsx"])).content
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert "=1+1" in [cell.value for cell in sheet[2]]
    text = client.get(reverse("register-file", args=["interactions", "csv"])).content.decode()
    assert "'=1+1" in text
    assert client.get(reverse("register-file", args=["wine", "csv"])).status_code == 404
    choice = PackChoice(product, clock.today(), clock.today(), DataLock())
    with translation.override("en"):
        ((_title, _head, rows),) = risks.interactions(keeper, choice)
        ((_title, _head, files),) = risks.documents(keeper, choice)
    assert rows[0][2] == "the protocol"
    assert files[0][:3] == ("Interactions with the authority", "letter", "a.pdf")
    assert client.post(f"{url}withdraw/", {"reason": "doubled"}).status_code == 302
    assert "withdrawn" in client.get("/interactions/").content.decode()


def test_the_register_pages_by_key(keeper, product, monkeypatch) -> None:
    monkeypatch.setattr(interactions, "PAGE", 2)
    day = clock.today()
    made = [letter(keeper, product, happened_on=day - timedelta(days=n // 2)) for n in range(5)]
    found, key = [], ""
    while True:
        page = interactions.page(keeper, key=key)
        found += [line.row.id for line in page.items]
        key = page.next_key
        if not key:
            break
    assert len(found) == len(set(found)) == 5
    assert set(found) == {row.id for row in made}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pv_interaction")
        assert cursor.fetchone()[0] == 5
