"""The discussion on a commitment: written, withdrawn, told to its owner, exported, at a lock."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import data_locks, reminders
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Notice, User
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.models import Indication
from followup.queries import notices
from followup.queries.reminders import NoticeFacts, sentence
from pv.actions import commitments as actions
from pv.actions import register_documents as documents
from pv.actions.commitments import CommitmentInput
from pv.models import Commitment, CommitmentComment
from pv.queries import commitments as queries
from pv.queries.inspection_packs import PackChoice, annexes
from tests import factories

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"
pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return factories.make_user(Role.STUDY_MANAGER, language="en")


@pytest.fixture
def colleague() -> User:
    return factories.make_user(Role.REGULATORY, language="en")


@pytest.fixture
def row(owner) -> Commitment:
    given = CommitmentInput(
        kind="CONFIRMATORY_TRIAL", title="Phase III", document="S1", owner=owner.id
    )
    indication = Indication.objects.get(code="RELMA_CEL_MCL")
    return actions.begin(actor_of(owner), indication, given=given)


def client_of(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


def swept() -> int:
    reminders.sweep(Actor.process("sweep"), kind="comment", today=clock.today())
    return Notice.objects.filter(obligation__startswith="comment:", channel="in_app").count()


def test_a_comment_is_written_read_and_withdrawn_by_its_author_alone(row, owner, colleague) -> None:
    client, place = client_of(colleague), reverse("commitment", args=[row.id])
    assert "Nobody has commented yet" in client.get(place).text
    where = reverse("commitment-comment", args=[row.id])
    assert client.get(where).status_code == 200
    assert client.post(where, {"text": "  "}).status_code == 422
    long = client.post(where, {"text": "长" * 4001})
    assert long.status_code == 422
    assert "长" * 4001 in long.text, "what was typed is kept"
    text = "Site 7 opens late.\n<b>See the minutes</b>"
    shown = client.post(where, {"text": text}, follow=True).text
    assert "&lt;b&gt;See the minutes&lt;/b&gt;" in shown
    said = CommitmentComment.objects.get()
    back = reverse("commitment-comment-withdraw", args=[said.id])
    assert back in shown
    theirs = client_of(owner)
    assert back not in theirs.get(place).text, "another person's comment"
    refused = theirs.post(back, {"reason": "no"})
    assert refused.status_code == 422
    assert "Only the person who wrote a comment" in refused.text
    assert client.post(back, {"reason": " "}).status_code == 422
    gone = client.post(back, {"reason": "wrong trial"}, follow=True).text
    assert "wrong trial" in gone
    assert "See the minutes" in gone, "it stays listed"
    assert back not in gone
    assert client.post(back, {"reason": "twice"}).status_code == 422


def test_who_reads_and_who_writes(row, owner) -> None:
    said = actions.comment(actor_of(owner), row, text="ours")
    auditor = client_of(factories.make_user(Role.AUDITOR, language="en"))
    page = auditor.get(reverse("commitment", args=[row.id])).text
    assert "ours" in page
    assert reverse("commitment-comment", args=[row.id]) not in page
    for name, key in (("commitment-comment", row.id), ("commitment-comment-withdraw", said.id)):
        assert auditor.get(reverse(name, args=[key])).status_code == 403, name
        assert auditor.post(reverse(name, args=[key]), {"text": "x"}).status_code == 403, name
    product = factories.product("AXI_CEL")
    stranger = factories.make_user(Role.REGULATORY, product=product)
    for name, key in (("commitment-comment", row.id), ("commitment-comment-withdraw", said.id)):
        assert client_of(stranger).get(reverse(name, args=[key])).status_code == 404, name
    with pytest.raises(NotFound):
        queries.comment(actor_of(stranger), said.id)
    assert queries.all_comments(actor_of(stranger)) == []
    with pytest.raises(Refused):
        actions.comment(factories.SYSTEM, row, text="the system says nothing")


def test_the_database_keeps_who_withdraws(row, owner, colleague) -> None:
    said = actions.comment(actor_of(owner), row, text="ours")
    values = {"withdrawn_at": clock.now(), "withdrawn_because": "x"}
    for wrong in (values, values | {"withdrawn_by": colleague}, {"text": ""}):
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            audit.acting(factories.SYSTEM, "test.edit"),
        ):
            CommitmentComment.objects.filter(id=said.id).update(**wrong)


def test_the_api_says_the_same(row, owner, colleague) -> None:
    client, where = client_of(colleague), reverse("api-commitment-comments", args=[row.id])
    form = {"content_type": "application/json"}
    assert client.post(where, {"text": ""}, **form).status_code == 400
    assert client.post(where, {"text": "a", "by": "b"}, **form).status_code == 400
    made = client.post(where, {"text": "Letter sent"}, **form)
    assert made.status_code == 201
    (item,) = client.get(where).json()["items"]
    assert item == made.json()
    assert item["written_by"] == colleague.display_name
    back = reverse("api-commitment-comment-withdraw", args=[row.id, item["id"]])
    assert client_of(owner).post(back, {"reason": "no"}, **form).status_code == 422
    other = reverse("api-commitment-comment-withdraw", args=[owner.id, item["id"]])
    assert client.post(other, {"reason": "no"}, **form).status_code == 404
    gone = client.post(back, {"reason": "wrong"}, **form).json()
    assert (gone["text"], gone["withdrawn_because"]) == ("Letter sent", "wrong")
    product = factories.product("AXI_CEL")
    stranger = client_of(factories.make_user(Role.REGULATORY, product=product))
    assert stranger.get(where).status_code == 404
    assert stranger.post(where, {"text": ""}, **form).status_code == 404
    nurse = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert nurse.get(where).status_code in (403, 404)


def test_the_owner_alone_is_told_and_only_of_others(row, owner, colleague) -> None:
    actions.comment(actor_of(owner), row, text="mine")
    assert swept() == 0
    said = actions.comment(actor_of(colleague), row, text="theirs")
    assert swept() == 1
    assert swept() == 1
    told = Notice.objects.get(obligation=f"comment:{said.id}", channel="in_app")
    assert (told.recipient_id, told.target) == (owner.id, str(row.id))
    assert Notice.objects.filter(obligation=f"comment:{said.id}", channel="email").exists() == bool(
        owner.email
    )
    page = client_of(owner).get(reverse("notices")).text
    assert "a comment on “Phase III”" in page
    assert "For information" in page
    assert "Due today" not in page
    opened = client_of(owner).get(reverse("notice", args=[told.id]))
    assert opened.url == reverse("commitment", args=[row.id])
    day = clock.today() - timedelta(days=3)
    facts = NoticeFacts("comment", "1", "2", 1, day, day, "Brand", "Phase III")
    with translation.override("en"):
        words = sentence(facts, clock.today())
    assert words == f"Brand: a comment on “Phase III”, {day:%m-%d}"
    told.read_at = None
    actions.withdraw_comment(actor_of(colleague), said, reason="wrong")
    swept()
    assert notices.page(actor_of(owner), today=clock.today(), unread=True).items == []


def test_list_milestones_discussion_and_documents_leave_as_a_file(row, owner, colleague) -> None:
    actor = actor_of(colleague)
    held, gone = (
        documents.add(actor, row, title=name, name=f"{name}.pdf", content=PDF + name.encode())
        for name in ("protocol", "letter")
    )
    documents.remove(actor, gone, reason="of another trial")
    said = actions.comment(actor, row, text="=1+1")
    actions.withdraw_comment(actor, said, reason="wrong")
    client = client_of(colleague)
    page = client.get(reverse("commitments")).text
    book, table = (reverse("register-file", args=["commitments", end]) for end in ("xlsx", "csv"))
    assert book in page
    assert table in page
    sheets = openpyxl.load_workbook(io.BytesIO(client.get(book).content)).worksheets
    cells = [[cell.value for cell in line] for sheet in sheets for line in sheet.iter_rows()]
    assert [sheet.title for sheet in sheets] == [
        "Commitments",
        "Milestones",
        "Comments on commitments",
        "Documents of commitments",
    ]
    assert [sheet.max_row for sheet in sheets] == [2, row.milestones.count() + 1, 2, 3]
    *_, last, _head, first, second = cells
    assert first[1:5] == ["Phase III", "protocol", "protocol.pdf", held.sha256]
    assert first[6:] == [colleague.display_name, None, None]
    assert (second[2], second[-1]) == ("letter", "of another trial")
    assert last[1:2] + last[3:5] == ["Phase III", colleague.display_name, "=1+1"]
    assert last[-1] == "wrong"
    lines = list(csv.reader(io.StringIO(client.get(table).content.decode("utf-8-sig"))))
    named = dict(zip(*lines, strict=True))
    assert named["Commitment"] == "Phase III"
    assert named["Approved"] == "2024-08-??"
    assert named["Owner"] == owner.display_name
    assert named["Enrolled"] == "", "not counted is no zero"
    product = factories.product("AXI_CEL")
    stranger = client_of(factories.make_user(Role.REGULATORY, product=product))
    assert "Phase III" not in stranger.get(table).content.decode()
    nurse = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert nurse.get(table).status_code == 403


def test_an_inspection_reads_the_discussion_as_it_was_at_the_lock(row, colleague) -> None:
    actor = actor_of(colleague)
    said = actions.comment(actor, row, text="before the lock")
    lock = data_locks.make(factories.SYSTEM, name="inspection")
    actions.withdraw_comment(actor, said, reason="afterwards")
    actions.comment(actor, row, text="after the lock")
    today = clock.today()
    choice = PackChoice(row.product, today - timedelta(days=30), today, lock)
    (annex,) = (each for each in annexes(actor, choice) if "before the lock" in str(each.rows))
    assert len(annex.rows) == 1
    assert list(annex.rows[0][3:]) == ["before the lock", "—", "—"]
    assert len(queries.all_comments(actor, row.product_id)) == 2
