"""The bell: one's own, true at this moment, read when followed."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from followup.actions import reminders
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Notice
from followup.core.permissions import Role
from followup.models import Patient, PlannedVisit
from followup.queries import notices
from tests import factories

pytestmark = pytest.mark.django_db
SWEEP = Actor.process("sweep")


@pytest.fixture
def patient(nurse):
    actor = factories.actor_of(nurse)
    made = factories.register(actor, factories.Site.objects.get(id=nurse.grants.get().site_id))
    reminders.sweep(SWEEP, kind="visit", today=clock.today())
    return made


@pytest.fixture
def signed_in(client, nurse):
    client.force_login(nurse)
    return client


def bell(user) -> list[Notice]:
    return list(Notice.objects.filter(recipient=user, channel="in_app", state="sent"))


def show(client, query: str = "") -> str:
    answer = client.get(reverse("notices") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_bell_shows_what_is_due_and_the_header_counts_it(signed_in, nurse, patient):
    waiting = bell(nurse)
    assert waiting
    text = show(signed_in)
    for notice in waiting:
        assert notice.label in text
        assert reverse("notice", args=[notice.id]) in text
    assert f'<span class="count">{len(waiting)}</span>' in text
    assert notices.unread_count(factories.actor_of(nurse)) == len(waiting)


def test_nobody_sees_or_reads_the_notices_of_another(client, nurse, patient):
    other = factories.make_user(Role.NURSE)
    notice = bell(nurse)[0]
    client.force_login(other)
    assert notice.label not in show(client)
    assert client.get(reverse("notice", args=[notice.id])).status_code == 404
    assert client.post(reverse("notice-read", args=[notice.id])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_following_a_notice_leads_to_the_visit_and_marks_it_read(signed_in, nurse, patient):
    notice = bell(nurse)[0]
    answer = signed_in.get(reverse("notice", args=[notice.id]))
    assert answer["Location"] == reverse("visit-call", args=[notice.target])
    notice.refresh_from_db()
    assert notice.read_at is not None


def test_the_link_of_a_mail_clears_the_bell_of_the_same_visit(signed_in, nurse, patient):
    visit = PlannedVisit.objects.get(id=bell(nurse)[0].target)
    reminders.sweep(SWEEP, kind="visit", today=visit.due - timedelta(days=3))
    mail = Notice.objects.get(obligation=f"visit:{visit.id}", channel="email")
    signed_in.get(reverse("notice", args=[mail.id]))
    same = Notice.objects.filter(obligation=mail.obligation, channel="in_app", state="sent")
    assert [n.read_at is None for n in same] == [False]


def test_a_visit_that_was_done_is_gone_from_the_bell_at_once(signed_in, nurse, patient):
    notice = bell(nurse)[0]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.done"):
        PlannedVisit.objects.filter(id=notice.target).update(
            state="DONE_IN_WINDOW", done_on=clock.today()
        )
    assert notice.label not in show(signed_in)
    answer = signed_in.get(reverse("notice", args=[notice.id]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("notices")
    assert "is no longer due" in answer.content.decode()


@pytest.mark.parametrize("state", ["DEAD", "LOST", "TRANSFERRED", "WITHDRAWN_NEW_DATA"])
def test_nothing_about_a_patient_who_died_or_left_is_shown(signed_in, nurse, patient, state):
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.left"):
        vital = "DEAD" if state == "DEAD" else "ALIVE"
        Patient.objects.filter(id=patient.id).update(follow_up_state=state, vital_status=vital)
    assert patient.study_code not in show(signed_in)


def test_all_are_read_with_one_press_and_stay_under_all(signed_in, nurse, patient):
    label = bell(nurse)[0].label
    answer = signed_in.post(reverse("notices-read"), follow=True).content.decode()
    assert "marked as read" in answer
    assert label not in show(signed_in)
    assert label in show(signed_in, "?show=all")
    assert notices.unread_count(factories.actor_of(nurse)) == 0


def test_a_person_whose_address_the_server_refused_is_told(signed_in, nurse, patient):
    visit = PlannedVisit.objects.get(id=bell(nurse)[0].target)
    reminders.sweep(SWEEP, kind="visit", today=visit.due - timedelta(days=3))
    words = "refused your e-mail address"
    assert words not in show(signed_in)
    mail = Notice.objects.get(obligation=f"visit:{visit.id}", channel="email")
    mail.outbox.__class__.objects.filter(notice=mail).update(state="dead")
    assert words in show(signed_in)


def test_a_long_bell_is_paged_without_losing_or_repeating_a_line(nurse, patient, monkeypatch):
    monkeypatch.setattr(notices, "PAGE", 7)
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    for _ in range(20):
        factories.register(factories.actor_of(nurse), site)
    reminders.sweep(SWEEP, kind="visit", today=clock.today())
    actor, key, seen = factories.actor_of(nurse), "", []
    for _ in range(9):
        page = notices.page(actor, today=clock.today(), key=key)
        seen += [line.id for line in page.items]
        key = page.next_key
        if not key:
            break
    assert len(seen) == len(set(seen)) == len(bell(nurse)) > 20


def test_a_key_or_an_id_that_is_nonsense_is_no_error(signed_in, patient):
    assert show(signed_in, "?after=nonsense")
    assert signed_in.get("/notices/nonsense/").status_code == 404


def test_queries_do_not_grow_with_the_bell(
    signed_in, nurse, patient, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as few:
        show(signed_in)
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    for _ in range(8):
        factories.register(factories.actor_of(nurse), site)
    reminders.sweep(SWEEP, kind="visit", today=clock.today())
    with django_assert_max_num_queries(len(few)):
        show(signed_in)
