"""The review of access: opened by the calendar, decided right by right, signed, reminded of."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from django.test import Client

from followup.actions import access_reviews, grants, reminders, signatures
from followup.actions.second_factors import Proof
from followup.core import clock
from followup.core.models import AccessReview, AccessReviewLine, GrantRequest, Notice
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.signatures import sha256, text_of
from followup.queries import access_reviews as queries
from followup.queries import signatures as signed
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "quiet-harbour-lantern-81"


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def reviewer():
    return factories.make_user(Role.ADMINISTRATOR, password=PASSWORD)


@pytest.fixture
def other():
    return factories.make_user(Role.ADMINISTRATOR)


@pytest.fixture
def nurse():
    return factories.make_user(Role.NURSE, site=factories.make_site())


@pytest.fixture
def review(reviewer, other, nurse):
    access_reviews.open_of_period(factories.SYSTEM, today=clock.today())
    return AccessReview.objects.get()


def line(review, user):
    return AccessReviewLine.objects.get(review=review, held__user=user)


def test_a_review_is_opened_once_in_each_period_with_every_right(nurse):
    quarter = {"today": date(2026, 11, 28)}
    assert access_reviews.open_of_period(factories.SYSTEM, **quarter) == 1
    row = AccessReview.objects.get()
    # The period began long ago: from the day it was opened there are thirty days.
    assert (row.period_from, row.due_on) == (date(2026, 10, 1), date(2026, 12, 28))
    assert access_reviews.open_of_period(factories.SYSTEM, today=date(2026, 12, 31)) == 0
    assert access_reviews.open_of_period(factories.SYSTEM, today=date(2027, 1, 1)) == 1
    assert AccessReview.objects.get(period_from=date(2027, 1, 1)).due_on == date(2027, 1, 31)


@pytest.mark.requirement("A11-12")
def test_rights_are_kept_or_ended_with_a_reason_and_the_review_is_signed(
    review, reviewer, other, nurse
):
    client, page = signed_in(reviewer), f"/users/reviews/{review.id}/"
    before = client.get(page).content.decode()
    assert nurse.username in before
    assert f'value="{line(review, reviewer).id}"' not in before
    chosen = {"lines": [str(line(review, nurse).id)]}
    missing = client.post(page, {**chosen, "decision": "end", "reason": ""})
    assert missing.status_code == 422
    assert "checked" in missing.content.decode()
    assert client.post(page, {"decision": "keep", "reason": "x"}).status_code == 422
    answer = client.post(page, {**chosen, "decision": "end", "reason": "left the ward"})
    assert answer.status_code == 302
    asked = GrantRequest.objects.get(grant__user=nurse)
    assert line(review, nurse).request_id == asked.id
    assert client.post(page, {**chosen, "decision": "keep", "reason": "no"}).status_code == 422
    grants.decide(actor_of(other), asked, agree=True)
    assert not actor_of(nurse).grants

    me, them = line(review, reviewer), line(review, other)
    with pytest.raises(Refused):
        access_reviews.decide(
            actor_of(reviewer), review, lines=[me], decision="keep", reason="still needed"
        )
    access_reviews.decide(actor_of(reviewer), review, lines=[them], decision="keep", reason="on")
    with pytest.raises(Refused):
        sign(reviewer, review)
    access_reviews.decide(actor_of(other), review, lines=[me], decision="keep", reason="on")
    sign(reviewer, review)
    review.refresh_from_db()
    assert review.signed_at is not None
    assert queries.open_count(actor_of(reviewer)) == 0
    assert client.post(page, {**chosen, "decision": "end", "reason": "x"}).status_code == 422
    assert "<form" not in client.get(page).content.decode().split("<main")[1].split("</main")[0]


def sign(user, review):
    actor = actor_of(user)
    signable, row = signed.find(actor, "access_review", str(review.pk))
    text = text_of(signed.content(actor, signable, row))
    return signatures.sign(
        actor,
        user,
        kind="access_review",
        record=str(review.pk),
        meaning="access_review",
        shown_sha256=sha256(text),
        password=PASSWORD,
        proof=Proof(),
    )


def test_the_last_use_and_an_auditor_without_a_last_day_are_shown(reviewer, nurse):
    factories.make_user(Role.AUDITOR)
    client = Client()
    with clock.pinned(datetime(2026, 11, 20, 9, tzinfo=clock.SHANGHAI)):
        other = factories.make_user(Role.PHYSICIAN, password=PASSWORD)
        client.post("/sign-in/", {"username": other.username, "password": PASSWORD})
    access_reviews.open_of_period(factories.SYSTEM, today=clock.today())
    review = AccessReview.objects.get()
    text = signed_in(reviewer).get(f"/users/reviews/{review.id}/").content.decode()
    assert "needs a last day" in text
    assert line(review, nurse).last_used_at is None
    used = line(review, other).last_used_at
    assert used.astimezone(clock.SHANGHAI).date() == date(2026, 11, 20)


def test_the_spreadsheet_holds_every_right_with_its_decision(review, reviewer, nurse):
    chosen = [line(review, nurse)]
    access_reviews.decide(
        actor_of(reviewer), review, lines=chosen, decision="keep", reason="=night shifts"
    )
    answer = signed_in(reviewer).get(f"/users/reviews/{review.id}/", {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = {row[0]: row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert len(rows) == AccessReviewLine.objects.filter(review=review).count()
    assert rows[nurse.username][8:11] == ("Keep", "=night shifts", reviewer.display_name)


def test_an_overdue_review_is_shown_and_reminded_of_until_it_is_signed(review, reviewer, nurse):
    late = review.due_on + timedelta(days=1)
    assert queries.is_overdue(review, late)
    reminders.sweep(factories.SYSTEM, kind="access_review", today=late)
    notices = Notice.objects.filter(recipient=reviewer, obligation=f"access_review:{review.id}")
    assert set(notices.filter(rung="overdue-1").values_list("channel", flat=True)) == {
        "in_app",
        "email",
    }
    assert not Notice.objects.filter(recipient=nurse).exists()
    with clock.pinned(datetime(late.year, late.month, late.day, 9, tzinfo=clock.SHANGHAI)):
        text = signed_in(reviewer).get("/users/reviews/").content.decode()
    assert "Overdue" in text


def test_without_the_right_there_is_no_review(review, nurse):
    assert signed_in(nurse).get("/users/reviews/").status_code == 403
    reader = signed_in(factories.make_user(Role.AUDITOR))
    assert reader.get(f"/users/reviews/{review.id}/").status_code == 200
    assert reader.post(f"/users/reviews/{review.id}/", {"decision": "keep"}).status_code == 403
