"""What a signer and a reader see: names instead of ids, refusals in words, "not signed" said."""

import re
from datetime import timedelta

import pytest
from django.utils import translation

from followup.actions import data_locks, signatures, trail_reviews, verifications
from followup.actions.second_factors import Proof
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import User, Verification
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.queries.signables import SIGNABLES
from followup.web.signature_tags import moments
from tests import factories

pytestmark = pytest.mark.django_db
BY_KIND = {one.kind: one for one in SIGNABLES}


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def page_of(client, role, path, **grant):
    user = factories.make_user(role, **grant)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client.get(path)


def test_who_recorded_a_visit_is_a_name_and_no_id(client):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    visit = factories.call(nurse, factories.register(nurse, site))
    text = page_of(client, Role.NURSE, f"/sign/visit/{visit.pk}/", site=site).content.decode()
    assert str(nurse.id) not in text
    assert User.objects.get(id=nurse.id).display_name in text


@pytest.mark.parametrize(
    ("language", "shown", "state"),
    [("en", "CAR transgene", "Done"), ("zh-hans", "CAR 转基因拷贝数", "已做")],
)
def test_an_assessment_that_is_signed_stands_under_its_name(language, shown, state):
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    visit = factories.call(nurse, factories.register(nurse, site))
    visit.assessments = {"V": "DONE"}
    with translation.override(language):
        rows = {place: rest for place, *rest in BY_KIND["visit"].lines(nurse, visit)}
    name, words, raw = rows["assessments.V"]
    assert shown in name
    assert (words, raw) == (state, "DONE")


@pytest.mark.requirement("A11-9")
def test_a_review_of_one_site_names_it(client):
    site = factories.make_site()
    auditor = factories.make_actor(Role.AUDITOR)
    today = clock.today()
    row = trail_reviews.record(auditor, since=today, until=today, site=site.id, remarks="x")
    text = page_of(client, Role.AUDITOR, f"/sign/trail_review/{row.pk}/").content.decode()
    assert str(site.id) not in text
    assert site.name_en in text
    assert row.reviewer_name == User.objects.get(id=auditor.id).display_name
    assert "(UTC+08:00)" in text
    assert not re.search(r"\d\d:\d\d\+08:00", text), "no page shows a moment as it is stored"


def test_a_review_of_every_site_says_so_and_its_signature_says_what_was_signed(client):
    today = clock.today()
    user = factories.make_user(Role.AUDITOR)
    user.set_password("several-words-of-a-test")
    auditor = actor_of(user)
    row = trail_reviews.record(auditor, since=today, until=today, site=None, remarks="x")
    address = f"/sign/trail_review/{row.pk}/"
    text = page_of(client, Role.AUDITOR, address).content.decode()
    assert "Every site" in text
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', text)[1]
    signed = signatures.sign(
        auditor,
        user,
        kind="trail_review",
        record=str(row.pk),
        meaning="audit_review",
        shown_sha256=shown,
        password="several-words-of-a-test",
        proof=Proof(),
    )
    words = f"Review of the audit trail: {today} – {today}"
    assert words in client.get("/signatures/").content.decode()
    assert words in client.get(f"/signatures/{signed.pk}/").content.decode()


def test_a_moment_of_signed_content_is_written_for_people() -> None:
    shown = moments("made 2026-11-30T11:34:58.000001+08:00, 2026-11-30 09:05+00:00; 2026-11-30")
    assert shown == "made 2026-11-30 11:34:58 (UTC+08:00), 2026-11-30 09:05 (UTC+00:00); 2026-11-30"


@pytest.mark.parametrize("format", ["", "csv", "pdf"])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"since": "yesterweek"}, "This is not a date."),
        ({"until": "2026-02-30"}, "This day is not in the calendar."),
        ({"since": "2026-03"}, "The day is needed."),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "The period ends before it begins."),
    ],
)
def test_a_period_that_cannot_be_is_refused_in_words(client, query, words, format):
    page_of(client, Role.AUDITOR, "/signatures/")
    answer = client.get("/signatures/", query | ({"format": format} if format else {}))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    for typed in query.values():
        assert f'value="{typed}"' in text
    assert "No signatures in this period" not in text


def test_an_empty_period_is_the_last_thirty_days_and_says_so(client):
    text = page_of(client, Role.AUDITOR, "/signatures/").content.decode()
    assert f'value="{clock.today() - timedelta(days=30)}"' in text
    assert f'value="{clock.today()}"' in text
    assert "No signatures in this period" in text


def test_a_lock_names_its_maker_and_says_that_it_is_not_signed(client):
    manager = factories.make_actor(Role.STUDY_MANAGER)
    row = data_locks.make(manager, name="interim")
    assert row.made_by == User.objects.get(id=manager.id).display_name
    assert "Not signed" in page_of(client, Role.AUDITOR, "/locks/").content.decode()
    # Whoever may not sign reads it too.
    assert "Not signed." in client.get(f"/locks/{row.pk}/").content.decode()


def test_a_verification_of_nothing_new_names_no_range(client):
    verifications.verify(Actor.process("verify"), anchors={}, rows=False)
    row = Verification.objects.latest("started_at")
    text = page_of(client, Role.AUDITOR, "/seal/").content.decode()
    assert row.last_seq < row.first_seq
    assert "nothing new was sealed" in text
    assert "1–0" not in text
