"""The outbox: leases, fencing, what each answer of a mail server leads to, what a mail says."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from django.core import mail as django_mail
from django.db import transaction
from django.db.models import F

from dev.engines.mail_sink import free_port
from followup.actions import notices, reminders
from followup.actions.notices import sending, steps
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.mail import DeliveryOutcome, outbox
from followup.core.models import Notice, Outbox, User
from followup.core.permissions import Role
from followup.models import PlannedVisit
from tests import factories

pytestmark = pytest.mark.django_db
SEND = Actor.process("send")
SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def waiting():
    """One mail to one nurse about a window that ended yesterday."""
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site, language="en")
    patient = factories.register(factories.actor_of(nurse), site)
    visit = PlannedVisit.objects.get(patient=patient, code="M6")
    reminders.sweep(Actor.process("sweep"), kind="visit", today=visit.due + timedelta(days=1))
    row = Outbox.objects.get(notice__obligation=f"visit:{visit.id}")
    Outbox.objects.exclude(notice_id=row.notice_id).update(state="dropped")
    return row


@pytest.fixture
def server(settings):
    """A real mail server whose answers the test chooses; what it took is in `taken`."""
    script = SimpleNamespace(rcpt="250 ok", data="250 ok", wait=0.0, taken=[])

    async def handle_rcpt(server, session, envelope, address, options):
        if script.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return script.rcpt

    async def handle_data(server, session, envelope):
        await asyncio.sleep(script.wait)
        script.taken.append(envelope.content)
        return script.data

    handler = SimpleNamespace(handle_RCPT=handle_rcpt, handle_DATA=handle_data)
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = controller.port, 5
    script.controller = controller
    yield script
    controller.stop()


def later(row: Outbox) -> None:
    """Let the wait of a retry be over."""
    Outbox.objects.filter(notice_id=row.notice_id).update(
        not_before=F("not_before") - timedelta(days=2), lease_until=None
    )


def state(row: Outbox) -> tuple[str, bool, str]:
    row.refresh_from_db()
    return row.state, row.ambiguous, row.notice.__class__.objects.get(id=row.notice_id).state


def test_a_mail_goes_out_once(waiting, server):
    assert notices.deliver(SEND, seconds=5).outcomes == {"sent": 1}
    assert state(waiting) == ("sent", False, "sent")
    assert waiting.sent_at is not None
    assert notices.deliver(SEND, seconds=5).total == 0
    assert len(server.taken) == 1


def test_a_mail_says_what_is_due_and_leads_there_without_any_patient_data(
    waiting, server, settings
):
    settings.PUBLIC_URL = "https://followup.example"
    notice = Notice.objects.select_related("recipient").get(id=waiting.notice_id)
    notices.deliver(SEND, seconds=5)
    text = server.taken[0].decode()
    assert f"Message-ID: <{notice.id}@followup.example>" in text
    assert f"https://followup.example/notices/{notice.id}/" in text
    assert f"Follow-up {notice.label}, due" in text
    assert "Auto-Submitted: auto-generated" in text
    assert notice.recipient.display_name not in text.partition("\r\n\r\n")[2]


def test_the_language_is_the_recipients(waiting, server):
    notice = Notice.objects.select_related("recipient").get(id=waiting.notice_id)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.language"):
        User.objects.filter(id=notice.recipient_id).update(language="zh-hans")
    letter = steps.claim(SEND, today=notice.due - timedelta(days=3), limit=1)[0]
    assert "剩 3 天" in sending.compose(letter).subject
    assert "随访" in sending.compose(letter).subject


@pytest.mark.parametrize(
    ("answers", "outcome", "after"),
    [
        ({"data": "451 try later"}, "later", ("retry", False, "pending")),
        ({"data": "554 no"}, "refused", ("dead", False, "dropped")),
        ({"rcpt": "550 unknown"}, "refused", ("dead", False, "dropped")),
        ({"rcpt": "450 mailbox busy"}, "later", ("retry", False, "pending")),
    ],
    ids=["451 after the dot", "554 after the dot", "550 address", "450 address"],
)
def test_what_a_server_answers_decides(waiting, server, answers, outcome, after):
    vars(server).update(answers)
    assert notices.deliver(SEND, seconds=5).outcomes == {outcome: 1}
    assert state(waiting) == after


def test_a_refused_address_is_told_in_the_bell(waiting, server):
    server.rcpt = "550 unknown"
    notices.deliver(SEND, seconds=5)
    notice = Notice.objects.get(id=waiting.notice_id)
    assert (notice.state, notice.reason) == ("dropped", "undeliverable")
    bell = Notice.objects.filter(obligation=notice.obligation, channel="in_app", state="sent")
    assert bell.count() == 1


def test_silence_after_the_dot_is_ambiguous_and_repeated_as_the_same_mail(
    waiting, server, settings
):
    settings.EMAIL_TIMEOUT, server.wait = 0.4, 1.5
    assert notices.deliver(SEND, seconds=5).outcomes == {"unknown": 1}
    assert state(waiting) == ("retry", True, "pending")
    settings.EMAIL_TIMEOUT, server.wait = 5, 0.0
    later(waiting)
    assert notices.deliver(SEND, seconds=5).outcomes == {"sent": 1}
    assert state(waiting) == ("sent", True, "sent")
    ids = {line for body in server.taken for line in body.splitlines() if b"Message-ID" in line}
    assert len(ids) == 1


@pytest.mark.requirement("ASVS-16.5.2")
def test_without_a_server_nothing_is_lost_and_the_waits_grow(waiting, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    waits = []
    for attempt in range(1, 4):
        assert notices.deliver(SEND, seconds=5).outcomes == {"away": 1}
        assert state(waiting)[:2] == ("retry", False)
        assert waiting.attempt == attempt
        waits.append(waiting.not_before - clock.now())
        later(waiting)
    minutes = [round(wait.total_seconds() / 60) for wait in waits]
    assert minutes == [1, 5, 15]


def test_a_server_that_is_away_holds_the_others_back_untried(waiting, settings):
    copies = []
    notice = Notice.objects.get(id=waiting.notice_id)
    for number in range(3):
        notice.pk, notice.rung = None, f"copy{number}"
        with transaction.atomic(), audit.acting(factories.SYSTEM, "test.copy"):
            fresh = Notice(**{f.attname: getattr(notice, f.attname) for f in notice._meta.fields})
            fresh.id = uuid4()
            fresh.save(force_insert=True)
        copies.append(Outbox.objects.create(notice=fresh, not_before=clock.now()))
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    assert notices.deliver(SEND, seconds=5).outcomes == {"away": 1}
    assert set(Outbox.objects.exclude(state="dropped").values_list("state", flat=True)) == {"retry"}


def test_a_sender_whose_lease_ran_out_may_not_send(waiting, server):
    first = steps.claim(SEND, today=clock.today(), limit=5)[0]
    Outbox.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    second = steps.claim(SEND, today=clock.today(), limit=5)[0]
    assert second.claim.attempt == first.claim.attempt + 1
    with sending.Mailer() as mailer:
        assert (
            sending._attempt(mailer, first, sending.queries.retry()).outcome
            is DeliveryOutcome.FENCED
        )
        assert server.taken == []
        assert (
            sending._attempt(mailer, second, sending.queries.retry()).outcome
            is DeliveryOutcome.SENT
        )
    assert len(server.taken) == 1
    assert not outbox.close(first.claim, "retry")
    assert state(waiting)[0] == "committing"


def test_a_lease_that_ran_out_before_the_dot_is_not_ambiguous_after_it_is(waiting):
    claimed = steps.claim(SEND, today=clock.today(), limit=5)[0].claim
    Outbox.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    again = steps.claim(SEND, today=clock.today(), limit=5)[0].claim
    assert again.ambiguous is False
    assert outbox.committing(again, timedelta(minutes=1))
    assert not outbox.committing(claimed, timedelta(minutes=1))
    Outbox.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert steps.claim(SEND, today=clock.today(), limit=5)[0].claim.ambiguous is True


def test_a_held_claim_is_nobody_elses(waiting):
    assert len(steps.claim(SEND, today=clock.today(), limit=5)) == 1
    assert steps.claim(SEND, today=clock.today(), limit=5) == []


def test_a_mail_that_cannot_be_composed_dies_after_five_tries_and_holds_up_nobody(
    waiting, server, monkeypatch
):
    def broken(letter):
        raise RuntimeError("poison")

    monkeypatch.setattr(sending, "compose", broken)
    for attempt in range(1, 6):
        outcome = "refused" if attempt == 5 else "later"
        assert notices.deliver(SEND, seconds=5).outcomes == {outcome: 1}
        later(waiting)
    assert state(waiting) == ("dead", False, "dropped")


def test_another_mail_backend_than_smtp_works_too(waiting):
    assert notices.deliver(SEND, seconds=5).outcomes == {"sent": 1}
    assert len(django_mail.outbox) == 1


def test_lines_that_begin_with_a_dot_arrive_as_written(waiting, server, monkeypatch):
    monkeypatch.setattr(sending.queries, "sentence", lambda facts, today: "x")
    monkeypatch.setattr(sending, "render_to_string", lambda *_: ".\r\n..\r\n.hidden\r\nend")
    notices.deliver(SEND, seconds=5)
    assert server.taken[0].partition(b"\r\n\r\n")[2].rstrip() == b".\r\n..\r\n.hidden\r\nend"
