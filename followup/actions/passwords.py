"""Forgotten passwords: a link by mail that works once, and tells nobody whether an account is."""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from followup.actions.sessions import end_sessions, end_tokens
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.http import addresses
from followup.core.mail import DeliveryOutcome, Mailer
from followup.core.models import PasswordRequest, User
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security.password_links import links

logger = logging.getLogger("everwatch.mail")
# So that nobody's letter box is filled by others; what is above is left out without a word.
MOST_FOR_A_NAME, MOST_FROM_AN_ADDRESS, WINDOW = 3, 30, timedelta(hours=1)
ATTEMPTS = 5
BATCH = 20
SEND = "everwatch.send"


@action("password.ask_link", needs=Perm.SYSTEM)
def ask_link(actor: Actor, *, typed: str, address: str) -> None:
    """Note that a link was asked for a user name or an e-mail address, whether there is one or not.

    The mail goes out by the worker, so that the answer takes the same time for everybody.
    """
    name, since = typed.strip().lower()[:254], clock.now() - WINDOW
    recent = PasswordRequest.objects.filter(asked_at__gt=since)
    if not name or recent.filter(typed=name).count() >= MOST_FOR_A_NAME:
        return
    if address and recent.filter(address=address).count() >= MOST_FROM_AN_ADDRESS:
        return
    PasswordRequest.objects.create(typed=name, address=address, asked_at=clock.now())


def wake() -> bool:
    """Have a worker send now instead of at the next tick."""
    return bool(import_string(settings.EVERWATCH_SEND)(SEND))


@action("password.claim", needs=Perm.SYSTEM)
def claim(actor: Actor) -> list[PasswordRequest]:
    """Take the requests that wait; each belongs to one sender until it gives it back."""
    rows = PasswordRequest.objects.select_for_update(skip_locked=True)
    waiting = list(rows.filter(done_at__isnull=True).order_by("asked_at")[:BATCH])
    for row in waiting:
        row.attempts, row.done_at, row.outcome = row.attempts + 1, clock.now(), "sending"
        row.save(update_fields=["attempts", "done_at", "outcome"])
    return waiting


@action("password.close", needs=Perm.SYSTEM)
def close(actor: Actor, row: PasswordRequest, *, outcome: str) -> None:
    """Say what came of a request; one the server did not take waits for the next round."""
    again = outcome in (DeliveryOutcome.AWAY, DeliveryOutcome.LATER) and row.attempts < ATTEMPTS
    row.outcome, row.done_at = outcome, None if again else clock.now()
    row.save(update_fields=["outcome", "done_at"])


def deliver(actor: Actor) -> int:
    """Send the links that were asked for; how many requests were handled."""
    rows = claim(actor)
    for row in rows:
        if row.asked_at < clock.now() - timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT):
            close(actor, row, outcome="late")
            continue
        close(actor, row, outcome=_send(row.typed))
    return len(rows)


def _send(typed: str) -> str:
    people = User.objects.filter(Q(username=typed) | Q(email__iexact=typed), is_active=True)
    outcome = "nobody"
    with Mailer() as mailer:
        for user in people.exclude(email="").order_by("username")[:5]:
            result = mailer.send(letter(user), lambda: None)
            outcome = str(result.outcome.value)
            if result.outcome is not DeliveryOutcome.SENT:
                logger.warning("mail not sent", extra={"error": outcome})
    return outcome


def letter(user: User) -> EmailMessage:
    """The mail with the link, in the person's language."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    link = addresses.address(addresses.PASSWORD_LINK, key=key, token=links.make_token(user))
    with translation.override(user.language or "zh-hans"):
        body = render_to_string(
            "messages/password_link.txt",
            {
                "name": user.username,
                "link": settings.PUBLIC_URL + link,
                "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            },
        )
        subject = _("Everwatch: set a new password")
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email], headers=headers)


@action("password.reset", needs=Perm.SYSTEM)
def reset(actor: Actor, user: User, *, token: str, new: str) -> None:
    """Set a new password by a link; sessions and tokens end, nobody is signed in by it.

    Refused for a used, expired or foreign link, and for a weak password.
    """
    row = User.objects.select_for_update().get(id=user.id)
    if not row.is_active or not links.check_token(row, token):
        raise Refused(_("This link was used or has expired. Ask for a new one."), code="link")
    try:
        validate_password(new, row)
    except ValidationError as error:
        raise Refused({"new_password1": list(error.messages)}) from error
    row.set_password(new)
    row.must_change_password = False
    row.save(update_fields=["password", "must_change_password"])
    end_sessions(row)
    end_tokens(row)
