"""The sealer: committed changes get the next numbers of the chain, after the fact."""

import time
from dataclasses import dataclass

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Watermark
from followup.core.permissions import Perm
from followup.core.trail import sealing
from followup.domain import seals
from followup.queries.seals import PASSED, PENDING, passed

BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run did; `busy` when another sealer was at it."""

    count: int = 0
    busy: bool = False


@action("seal.extend", needs=Perm.SYSTEM)
def extend(actor: Actor, *, limit: int = BATCH) -> Sealed:
    """Seal up to `limit` changes, in the order in which each row changed.

    Costs the writers nothing: it reads what is committed. Numbers are given once and have no gap,
    because one sealer at a time takes the number after the last one that is there.
    """
    if not sealing.seize():
        return Sealed(busy=True)
    before = sealing.horizon()
    rows = sealing.ripe(passed(), limit)
    seq, chain = sealing.head() or (0, seals.START)
    now, added = clock.now(), []
    for row in rows:
        content = seals.content_of(row)
        seq, chain = seq + 1, seals.link(chain, seq + 1, content)
        added.append((seq, row[0], content, chain, now))
    if added:
        sealing.write(added)
    if len(rows) < limit:
        _pass(*before)
    return Sealed(len(rows))


def _pass(oldest: int, own: int, last: int) -> None:
    """Move the mark up to which every number is sealed or will never be used.

    A number drawn before an earlier look belongs to a transaction that ran then. Once all of those
    have ended, whatever they drew is sealed by now, or was rolled back. A mark beyond our own
    transaction was left by another cluster, before a restore.
    """
    pending = Watermark.objects.filter(name=PENDING).first()
    if pending is not None and pending.horizon <= own:
        if pending.horizon > oldest or sealing.waiting_up_to(passed(), pending.position):
            return
        _mark(PASSED, pending.position, pending.horizon)
    _mark(PENDING, last, own)


def _mark(name: str, position: int, horizon: int) -> None:
    Watermark.objects.bulk_create(
        [Watermark(name=name, day=clock.today(), position=position, horizon=horizon)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["day", "position", "horizon"],
    )


def seal_all(actor: Actor, *, seconds: float = 15) -> int:
    """Seal until nothing ripe is left or the time is up; how many."""
    total, limit = 0, time.monotonic() + seconds
    while time.monotonic() < limit:
        done = extend(actor)
        total += done.count
        if done.count < BATCH:
            break
    return total
