"""All commitments of the actor's products, what is at risk first, and the gaps between them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from followup.core import counting, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.dates import PartialDate
from followup.models import Indication
from followup.queries import reference
from pv.domain.approvals import Colour, CommitmentEvent, LegalEnd, legal_end
from pv.models import Commitment, EnrolmentCount, Milestone
from pv.models import CommitmentEvent as HistoryEntry
from pv.queries.commitments.rulebook import Rulebook, SaleRule, rulebook
from pv.queries.commitments.status import (
    TROUBLED,
    CommitmentGroup,
    CommitmentStatus,
    approval_of,
    commitment_status,
    reached,
    sale_suspended,
)

_ORDER = {
    CommitmentGroup.RISK: 0,
    CommitmentGroup.UPDATE: 1,
    CommitmentGroup.GOOD: 2,
    CommitmentGroup.CLOSED: 3,
}
_COLOURS = {Colour.RED: 0, Colour.AMBER: 1, Colour.UNKNOWN: 2, Colour.GREEN: 3}


@dataclass(frozen=True, slots=True)
class Line:
    """One commitment on the landing page."""

    commitment: Commitment
    approval: PartialDate | None
    status: CommitmentStatus
    following: Milestone | None
    """The next milestone without an actual day: the one most likely to be updated."""
    enrolled: int | None
    following_reached: date | None = None
    """Day of the count that has passed the next milestone while its own day is not entered."""
    counts: Sequence[tuple[date, int]] = ()
    """Patients enrolled by day."""
    planned: tuple[date, date] | None = None
    """From when to when the plan enrols them: first to last patient of the baseline."""
    sale: SaleRule | None = None
    """The rule by which the product is not sold now."""


@dataclass(frozen=True, slots=True)
class Gap:
    """An indication without a confirmatory commitment; `end` as the law would set it."""

    indication: Indication
    approval: PartialDate | None
    end: LegalEnd | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The landing page: lines, gaps, indications whose status is not known, and the counts."""

    lines: Sequence[Line]
    gaps: Sequence[Gap]
    unknown: Sequence[Gap]
    counts: Mapping[CommitmentGroup, int]


def overview(actor: Actor, *, today: date) -> Overview:
    """Every commitment the actor may see, at risk first, then by the nearest statutory deadline."""
    actor.require(Perm.COMMITMENT_READ)
    book = rulebook()
    lines = sorted((_line(row, book, today) for row in _rows(actor)), key=_urgency)
    covered = {
        line.commitment.indication_id
        for line in lines
        if book.kinds[line.commitment.kind].confirmatory
    }
    mine = _indications(actor)
    conditional = [row for row in mine if row.status == Indication.Status.CONDITIONAL]
    return Overview(
        lines=lines,
        gaps=[gap(row, book, today) for row in conditional if row.id not in covered],
        unknown=[gap(row, book, today) for row in mine if row.status == Indication.Status.UNKNOWN],
        counts=Counter(line.status.group for line in lines),
    )


def gap(row: Indication, book: Rulebook, today: date) -> Gap:
    """An indication with the statutory deadline its commitment would have."""
    approval = approval_of(row)
    end = legal_end(approval, book.limit(approval.earliest)) if approval else None
    return Gap(row, approval, end, (end.earliest - today).days if end else None)


def matching(actor: Actor, text: str, *, limit: int) -> Sequence[Commitment]:
    """Commitments by words of their title or indication, or by their trial or dossier number."""
    word = text.strip()
    if not word:
        return []
    rows = scope.visible(actor, Commitment.objects.select_related("indication")).filter(
        Q(title__icontains=word)
        | Q(indication__name_zh__icontains=word)
        | Q(indication__name_en__icontains=word)
        | Q(trial_number__iexact=word)
        | Q(dossier_number__iexact=word)
    )
    return list(rows.order_by("legal_end", "id")[:limit])


@counting.counts
def at_risk(actor: Actor) -> QuerySet[Commitment]:
    """How many commitments are at risk or past their statutory deadline: the menu's badge."""
    return scope.visible(actor, Commitment.objects.filter(state__in=TROUBLED))


def _rows(actor: Actor) -> Sequence[Commitment]:
    granted = HistoryEntry.objects.filter(
        event=CommitmentEvent.EXTENSION_GRANTED, undone_at__isnull=True
    )
    rows = scope.visible(actor, Commitment.objects.all())
    related = rows.select_related("product__holder", "indication", "owner")
    return list(
        related.prefetch_related(
            Prefetch("events", queryset=granted),
            Prefetch("milestones", queryset=Milestone.objects.order_by("order", "period")),
            Prefetch(
                "counts", queryset=EnrolmentCount.objects.order_by("counted_on", "recorded_at")
            ),
        )
    )


def _line(row: Commitment, book: Rulebook, today: date) -> Line:
    milestones = list(row.milestones.all())
    counts = list(row.counts.all())
    next_one = following(milestones)
    return Line(
        commitment=row,
        approval=approval_of(row.indication),
        status=commitment_status(row, milestones, book, today),
        following=next_one,
        following_reached=reached(row, book).get(next_one.code) if next_one else None,
        enrolled=counts[-1].enrolled if counts else None,
        counts=sorted({each.counted_on: each.enrolled for each in counts}.items()),
        planned=_planned(milestones),
        sale=sale_suspended(row, book, extended=bool(row.events.all())),
    )


def _planned(milestones: Sequence[Milestone]) -> tuple[date, date] | None:
    days = {row.code: row.baseline for row in milestones if not row.period}
    first, last = days.get("FPI"), days.get("LPI")
    return (first, last) if first and last and first < last else None


def following(milestones: Sequence[Milestone]) -> Milestone | None:
    """The milestone most likely to be updated next; of two, the one whose day comes first.

    Of those that come once, the first open one after the last that is done, else the first open
    one; of the yearly ones the first that is open.
    """
    once = [row for row in milestones if not row.period]
    last = max((i for i, row in enumerate(once) if row.actual), default=-1)
    rest = [row for row in once[last + 1 :] if row.actual is None]
    rest = rest or [row for row in once if row.actual is None]
    yearly = [row for row in milestones if row.period and row.actual is None]
    return min([*rest[:1], *yearly[:1]], key=_expected, default=None)


def _expected(row: Milestone) -> date:
    return row.forecast or row.due or date.max


def _urgency(line: Line) -> tuple[int, int, date, str]:
    found = line.status
    return (
        _ORDER[found.group],
        _COLOURS[found.outlook.colour],
        line.commitment.legal_end,
        line.commitment.title,
    )


def _indications(actor: Actor) -> Sequence[Indication]:
    products = reference.products_for(actor, Perm.COMMITMENT_READ)
    rows = reference.indications(actor).filter(product__in=products)
    return list(rows.order_by("approved_from", "code"))
