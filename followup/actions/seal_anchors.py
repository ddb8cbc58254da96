"""The head of the chain to places outside this database: file, mail, time-stamp service."""

import base64
import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Anchor
from followup.core.permissions import Perm
from followup.core.trail import time_stamps
from followup.domain.seals import Head
from followup.queries import seals

EVERY = timedelta(hours=1)
AGAIN = timedelta(minutes=10)
AT_ONCE = 50  # of a queue that grew while a target was away


def targets() -> list[tuple[str, str]]:
    """What the operator has configured: kind and target."""
    kinds = Anchor.Kind
    found = [(kinds.FILE, settings.SEAL_ANCHOR_FILE), (kinds.TIME_STAMP, settings.SEAL_STAMP_URL)]
    found += [(kinds.MAIL, address) for address in settings.SEAL_ANCHOR_MAIL]
    return [(str(kind), target) for kind, target in found if target]


@action("seal.anchor", needs=Perm.SYSTEM)
def queue(actor: Actor, *, at_once: bool = False) -> int:
    """Put the head down for each target without one for an hour, or at once; how many."""
    head, now = seals.head(), clock.now()
    if not head.seq:
        return 0
    rows = []
    for kind, target in targets():
        last = Anchor.objects.filter(kind=kind, target=target).order_by("-made_at").first()
        recent = last is not None and now - last.made_at < EVERY and not at_once
        if recent or (last is not None and last.seq == head.seq):
            continue
        rows.append(Anchor(kind=kind, target=target, seq=head.seq, chain=head.chain, made_at=now))
    Anchor.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@action("seal.anchored", needs=Perm.SYSTEM)
def _note(actor: Actor, row: Anchor, *, token: bytes, error: str) -> None:
    """Keep the answer, or why there is none."""
    row.attempts += 1
    row.error = error[:300]
    if not error:
        row.done_at = clock.now()
        row.token = base64.b64encode(token).decode()
    row.save(update_fields=["attempts", "error", "done_at", "token"])


def deliver(actor: Actor) -> int:
    """Hand out what waits; a target that is away is asked again later, and nothing is lost."""
    done, now = 0, clock.now()
    for row in Anchor.objects.filter(done_at=None).order_by("made_at")[:AT_ONCE]:
        if row.attempts and now - row.made_at < AGAIN * row.attempts:
            continue
        token, error = b"", ""
        try:
            token = _hand_out(row)
        except (OSError, time_stamps.Unstamped) as trouble:
            error = f"{type(trouble).__name__}: {trouble}"
        _note(actor, row, token=token, error=error)
        done += not error
    return done


def _hand_out(row: Anchor) -> bytes:
    head = Head(row.seq, row.chain)
    if row.kind == Anchor.Kind.FILE:
        _append(Path(row.target), head.line(row.made_at))
    elif row.kind == Anchor.Kind.MAIL:
        _mail(row.target, head, row.made_at)
    else:
        return time_stamps.stamp(row.target, bytes.fromhex(row.chain))
    return b""


def _append(path: Path, line: str) -> None:
    """One line, on the disk before it counts; the file may lie on another machine."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mail(address: str, head: Head, at: datetime) -> None:
    """The same line by mail: it holds no data of a person."""
    EmailMessage(
        subject=f"Everwatch seal {head.seq}",
        body=f"{head.line(at)}\n\n{settings.PUBLIC_URL}/seal/\n",
        to=[address],
    ).send()
