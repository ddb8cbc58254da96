"""Special-interest events: how many, when after infusion, and which tests are still awaited."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.domain.event_classes import category
from followup.models import AdverseEvent
from pv.domain.cohorts.times import Happening, span
from pv.models import Case, CaseSource, WorkUp
from pv.queries.cohorts import Filters

PAGE = 50
_TESTED = ("POSITIVE", "NEGATIVE")


@dataclass(frozen=True, slots=True)
class Malignancy:
    """One malignancy with its case: days after infusion (middle of what is possible), level."""

    event: AdverseEvent
    case_id: UUID | None
    case_number: str
    days: int | None
    exact: bool
    level: str
    awaits_pathology: bool
    awaits_transgene: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """One malignancy of the picture: its case, what it is called, days after infusion."""

    case_id: UUID | None
    name: str
    days: int


@dataclass(frozen=True, slots=True)
class SpecialInterestBoard:
    """Counts by kind of event, a page of the malignancies, and what is counted over all of them:
    how many wait for pathology and for the transgene, and their days since infusion."""

    counts: Sequence[tuple[str, int, int]]
    malignancies: Sequence[Malignancy]
    next_key: str
    pathology: int
    transgene: int
    dots: Sequence[Dot]


def board(actor: Actor, filters: Filters, *, key: str = "") -> SpecialInterestBoard:
    """The board of one product. Call inside `cohorts.reading`."""
    actor.require(Perm.CASE_READ, product=filters.product.id)
    rows = scope.counting(actor, AdverseEvent.objects.all())
    rows = rows.filter(product=filters.product, withdrawn_at=None, aware_on__lte=filters.last_day)
    counts: dict[str, list[int]] = {}
    named = rows.values_list("kind", "event_class", "is_new_malignancy", "serious")
    for kind, event_class, malignant, serious in named:
        name = "MALIGNANCY" if malignant else category(kind, event_class)
        if name:
            pair = counts.setdefault(name, [0, 0])
            pair[0] += 1
            pair[1] += serious is True
    ill = rows.filter(is_new_malignancy=True)
    part = ill.select_related("infusion", "patient").order_by("-aware_on", "-id")
    if last := keyset.read_day_key(key):
        part = part.filter(keyset.before(("aware_on", "id"), last))
    events, next_key = keyset.page(
        part[: PAGE + 1], PAGE, lambda row: keyset.day_key(row.aware_on, row.id)
    )
    return SpecialInterestBoard(
        sorted((name, n, serious) for name, (n, serious) in counts.items()),
        _malignancies(actor, events, filters),
        next_key,
        pathology=ill.exclude(pathology="AVAILABLE").count(),
        transgene=ill.exclude(transgene__in=_TESTED).count(),
        dots=_dots(actor, ill, filters),
    )


def _dots(actor: Actor, ill: QuerySet[AdverseEvent], filters: Filters) -> list[Dot]:
    """Every malignancy whose day after infusion is known, with its case."""
    rows = list(
        ill.order_by("-aware_on", "-id").values_list(
            "id", "verbatim", "onset_text", "aware_on", "infusion__infused_on"
        )
    )
    known = _cases(actor, [row[0] for row in rows])
    found = []
    for event, verbatim, onset, aware, infused in rows:
        days = span(Happening(onset, aware), infused, filters.last_day)
        if days is not None and days.middle >= 0:
            case = known.get(event)
            number, case_id = (case.number, case.id) if case else ("", None)
            found.append(Dot(case_id, f"{number} {verbatim[:60]}".strip(), days.middle))
    return found


def _malignancies(
    actor: Actor, events: Sequence[AdverseEvent], filters: Filters
) -> list[Malignancy]:
    ids = [event.id for event in events]
    work_ups = scope.visible(actor, WorkUp.objects.filter(event__in=ids))
    levels = {row.event_id: row for row in work_ups.select_related("case")}
    known = _cases(actor, ids)
    found = []
    for event in events:
        work_up, case = levels.get(event.id), known.get(event.id)
        onset = Happening(event.onset_text, event.aware_on)
        days = span(onset, event.infusion.infused_on, filters.last_day)
        tested = event.transgene in _TESTED
        found.append(
            Malignancy(
                event,
                case.id if case else None,
                case.number if case else "",
                days.middle if days else None,
                days.exact if days else False,
                work_up.get_level_display() if work_up else "",
                event.pathology != "AVAILABLE",
                not tested,
            )
        )
    return found


def _cases(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Case]:
    """The case each event went into."""
    rows = scope.visible(actor, CaseSource.objects.filter(event__in=ids))
    found = rows.select_related("case").order_by("taken_at", "id")
    return {row.event_id: row.case for row in found if row.event_id}
