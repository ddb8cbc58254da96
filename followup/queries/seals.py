"""The state of the seal, and the walk that verifies it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import Anchor, Signature, TrailReview, Verification, Watermark
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.trail import sealing
from followup.domain import seals
from followup.domain.seals import Head

PASSED, PENDING = "seal passed", "seal pending"
LATE = timedelta(minutes=5)
BACKDATED = timedelta(hours=1)  # no transaction is that long; a change dated so far back was put in


class Fault(StrEnum):
    """What a walk can find."""

    GAP = "gap"  # a number of the chain is missing
    CHANGE_MISSING = "change_missing"
    CONTENT = "content"  # the change is not the one that was sealed
    CHAIN = "chain"  # a seal was altered
    BACKDATED = "backdated"
    ANCHOR_MISMATCH = "anchor_mismatch"
    ANCHOR_BEYOND_END = "anchor_beyond_end"  # the end of the chain was cut off
    ROW_DIFFERS = "row_differs"  # a row is not as its last change left it
    ROW_UNKNOWN = "row_unknown"  # a row the trail does not know
    ROW_GONE = "row_gone"  # a row the trail says is there
    SEARCH_DIFFERS = "search_differs"  # what a person is found by is not of the identity


@dataclass(frozen=True, slots=True)
class SealFinding:
    """The first wrong row: its number in the chain, and the record it is about."""

    fault: Fault
    seq: int | None
    row: str = ""


@dataclass(slots=True)
class Walk:
    """One walk over the chain, holding one portion of it at a time."""

    after: int
    chain: bytes
    anchors: Mapping[int, str] = field(default_factory=dict)
    checked: int = 0
    seq: int = 0
    finding: SealFinding | None = None
    _latest: datetime | None = None

    def over(self, rows: Iterator[tuple[Any, ...]]) -> None:
        """Check every seal with its change; stops at the first that is wrong."""
        self.seq = self.after
        for expected, row in zip(count(self.after + 1), rows, strict=False):
            self.finding = self._check(expected, row)
            if self.finding is not None:
                return
            self.checked += 1
        beyond = sorted(seq for seq in self.anchors if seq > self.seq)
        if beyond:
            self.finding = SealFinding(Fault.ANCHOR_BEYOND_END, self.seq + 1)

    def _check(self, expected: int, row: tuple[Any, ...]) -> SealFinding | None:
        seq, _change, content, chain, _sealed_at, *change = row
        if seq != expected:
            return SealFinding(Fault.GAP, expected)
        if change[0] is None:
            return SealFinding(Fault.CHANGE_MISSING, seq)
        named = f"{change[9]} {change[11]}"
        if seals.content_of(change) != bytes(content):
            return SealFinding(Fault.CONTENT, seq, named)
        self.chain = seals.link(self.chain, seq, bytes(content))
        if self.chain != bytes(chain):
            return SealFinding(Fault.CHAIN, seq, named)
        self.seq = seq
        anchored = self.anchors.get(seq)
        if anchored is not None and anchored != self.chain.hex():
            return SealFinding(Fault.ANCHOR_MISMATCH, seq, named)
        at = change[1]
        if self._latest is not None and at < self._latest - BACKDATED:
            return SealFinding(Fault.BACKDATED, seq, named)
        self._latest = max(at, self._latest or at)
        return None


def passed() -> int:
    """Up to which number of the trail every change is sealed or will never come."""
    mark = Watermark.objects.filter(name=PASSED).first()
    return mark.position if mark else 0


def head() -> Head:
    """The end of the chain."""
    found = sealing.head()
    return Head(found[0], found[1].hex()) if found else Head(0, seals.START.hex())


def known_heads(actor: Actor) -> dict[int, str]:
    """The heads that this database says were anchored; those outside of it count more."""
    rows = scope.visible(actor, Anchor.objects.all())
    return dict(rows.order_by("-seq").values_list("seq", "chain")[:10_000])


@contexts.reads_whole
def walk(*, after: int, chain: bytes, anchors: Mapping[int, str]) -> Walk:
    """Verify every seal past `after`, whose chain was `chain`."""
    done = Walk(after, chain, anchors)
    done.over(sealing.walk(after))
    return done


@dataclass(frozen=True, slots=True)
class State:
    """What the page of the seal shows."""

    head: Head
    sealed_at: datetime | None
    waiting: int
    oldest: datetime | None
    verified: Verification | None

    @property
    def lag(self) -> timedelta:
        """Age of the oldest change that is not sealed."""
        return clock.now() - self.oldest if self.oldest else timedelta()

    @property
    def late(self) -> bool:
        """Whether somebody has to look why nothing is sealed."""
        return self.lag > LATE


def state(actor: Actor) -> State:
    """Head, lag and last verification."""
    actor.require(Perm.AUDIT_READ)
    waiting, oldest = sealing.waiting(passed())
    verified = scope.visible(actor, Verification.objects.all()).order_by("-started_at").first()
    return State(head(), sealing.sealed_at(), waiting, oldest, verified)


def anchors(actor: Actor) -> QuerySet[Anchor]:
    """What was handed out, the latest first."""
    return scope.visible(actor, Anchor.objects.all()).order_by("-made_at", "-id")


def reviews(actor: Actor) -> QuerySet[TrailReview]:
    """Reviews of the trail the actor may read, the latest first."""
    return scope.visible(actor, TrailReview.objects.all()).order_by("-reviewed_at", "-id")


def signed_reviews(actor: Actor) -> set[UUID]:
    """Which reviews carry a signature; whether it still holds is on the page of the signature."""
    rows = scope.visible(actor, Signature.objects.filter(kind="trail_review"))
    return {UUID(record) for record in rows.values_list("record_id", flat=True)}
