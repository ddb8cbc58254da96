"""Senders that end themselves at a named point of the way of one mail, as `kill -9` would."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.db import connections

from followup.actions import notices
from followup.actions.notices import sending, steps
from followup.core.actor import Actor
from followup.core.mail import DeliveryOutcome, Mailer, outbox
from followup.core.models import Outbox
from tests.followup.actions.reminder_processes import mail, say

# The dot that makes the server take the mail goes out between "marked" and "answered".
POINTS = ("claimed", "body sent", "marked", "answered", "closed")
SENDER = Actor.process("send")


def _stop_here(pipe: int, notice: Any) -> None:
    os.write(pipe, f"{notice}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _ending_at(point: str, pipe: int) -> Iterator[None]:
    claim, committing, send, finish = steps.claim, outbox.committing, Mailer.send, steps.finish

    def claimed(*args: Any, **values: Any) -> Any:
        letters = claim(*args, **values)
        if point == "claimed" and letters:
            _stop_here(pipe, letters[0].notice.id)
        return letters

    def marked(claim_of: Any, *args: Any) -> Any:
        if point == "body sent":
            _stop_here(pipe, claim_of.notice)
        done = committing(claim_of, *args)
        # A slow machine outlasts the lease: a sender that lost its claim is not at the point.
        if point == "marked" and done:
            _stop_here(pipe, claim_of.notice)
        return done

    def answered(self: Mailer, message: Any, *args: Any) -> Any:
        done = send(self, message, *args)
        if point == "answered" and done.outcome is DeliveryOutcome.SENT:
            _stop_here(pipe, message.extra_headers["Message-ID"].strip("<>").partition("@")[0])
        return done

    def closed(actor: Actor, letter: Any, **values: Any) -> Any:
        done = finish(actor, letter, **values)
        if point == "closed" and done:
            _stop_here(pipe, letter.notice.id)
        return done

    with (
        mock.patch.object(sending.steps, "claim", claimed),
        mock.patch.object(outbox, "committing", marked),
        mock.patch.object(Mailer, "send", answered),
        mock.patch.object(sending.steps, "finish", closed),
    ):
        yield


def _killed(point: str) -> str:
    """One sender that ends at the point; the notice it was at."""
    connections.close_all()
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            with _ending_at(point, write):
                notices.deliver(SENDER, seconds=20, batch=1)
        finally:
            os._exit(1)
    os.close(write)
    _pid, status = os.waitpid(child, 0)
    with os.fdopen(read) as said:
        notice = said.read().strip()
    assert os.WIFSIGNALED(status), f"no sender came to {point}"
    return notice


def kill_at_points(times: int) -> None:
    """So many senders ended at each point, then one that sends what is left."""
    made: list[Any] = []
    with mock.patch(f"{mail.__module__}.say", made.extend):
        mail(3 * times * len(POINTS))
    hit = {point: [_killed(point) for _ in range(times)] for point in POINTS}
    limit = time.monotonic() + 120
    while Outbox.objects.exclude(state__in=("sent", "dead", "dropped")).exists():
        assert time.monotonic() < limit, "mail is left"
        notices.deliver(SENDER, seconds=5)
        time.sleep(0.1)
    ambiguous = Outbox.objects.filter(ambiguous=True).values_list("notice_id", flat=True)
    say({"made": made, "hit": hit, "ambiguous": list(ambiguous)})
