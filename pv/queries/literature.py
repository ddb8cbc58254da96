"""The log of literature and media screening: sources, what is owed, searches and their hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Product
from followup.queries import reference
from pv.domain.screening import next_start, weeks_overdue
from pv.models import LiteratureHit, LiteratureSearch, LiteratureSource
from pv.queries import rules, triage

SHOWN = 60
OTHER_REASON = "OTHER"  # of the document casework: explained in words


@dataclass(frozen=True, slots=True)
class Line:
    """A source with the first day its next search covers, and the periods that are overdue."""

    source: LiteratureSource
    last: LiteratureSearch | None
    start: date
    overdue: int
    undecided: int


def rhythm() -> dict[str, int]:
    """Days of a period, and of grace after it."""
    data = rules.data("screening")
    return {"period_days": int(data["period_days"]), "grace_days": int(data["grace_days"])}


def products(actor: Actor) -> list[Product]:
    """Products whose log the actor keeps."""
    return list(reference.products_for(actor, Perm.CASE_WRITE))


def kinds() -> list[tuple[str, str]]:
    """What a source may be, code and word."""
    return [(code, str(word)) for code, word in LiteratureSource.Kind.choices]


def decisions() -> list[tuple[str, str]]:
    """What may be decided of a hit, code and word."""
    return [(code, str(word)) for code, word in LiteratureHit.Decision.choices]


def reasons() -> list[tuple[str, str]]:
    """Why a hit is no case, code and word: the reasons for which triage makes something none."""
    return triage.reasons_for(triage.Kind.NOT_A_CASE)


def reason_words(row: LiteratureHit) -> str:
    """Why it was decided so: the reason of the list, then a person's own words."""
    coded = dict(reasons()).get(row.reason_code, row.reason_code)
    if coded and row.reason:
        return _("%(reason)s: %(words)s") % {"reason": coded, "words": row.reason}
    return coded or row.reason


def counts(rows: Sequence[LiteratureHit]) -> list[tuple[str, int]]:
    """How many of some hits were decided how, "no case" by reason; the undecided ones first."""
    words, told = dict(reasons()), dict(decisions())
    found: dict[str, int] = {}
    for row in rows:
        name = told.get(row.decision, _("not decided"))
        if row.decision == LiteratureHit.Decision.NOT_CASE:
            coded = words.get(row.reason_code, row.reason_code) or _("without a coded reason")
            name = _("%(reason)s: %(words)s") % {"reason": name, "words": coded}
        found[name] = found.get(name, 0) + 1
    return list(found.items())


def sources(actor: Actor, today: date) -> list[Line]:
    """Sources in use, and ended ones with a hit nobody decided; the most overdue first."""
    rows = LiteratureSource.objects.filter(Q(ended_on__isnull=True) | Exists(_undecided()))
    lines = [_line(actor, row, today) for row in _read(actor, rows)]
    return sorted(lines, key=lambda one: (-one.overdue, one.source.next_due, one.source.name))


def ended(actor: Actor, *, most: int | None = SHOWN) -> list[LiteratureSource]:
    """Sources that are searched no longer and owe nothing, the last ended first; None: all."""
    rows = LiteratureSource.objects.filter(ended_on__isnull=False).exclude(Exists(_undecided()))
    return list(_read(actor, rows).order_by("-ended_on", "name", "id")[:most])


def _undecided() -> QuerySet[LiteratureHit]:
    return LiteratureHit.objects.filter(search__source=OuterRef("pk"), decision="")


def _read(actor: Actor, rows: QuerySet[LiteratureSource]) -> QuerySet[LiteratureSource]:
    return scope.visible(actor, rows.select_related("product"))


def _line(actor: Actor, row: LiteratureSource, today: date) -> Line:
    last = last_search(row)
    start = next_start(row.active_from, last.end if last else None)
    open_hits = LiteratureHit.objects.filter(search__source=row, decision="")
    late = 0 if row.ended_on else weeks_overdue(start, today, **rhythm())
    return Line(row, last, start, late, scope.visible(actor, open_hits).count())


def last_search(row: LiteratureSource) -> LiteratureSearch | None:
    """The search of a source that covers the latest days; None before the first."""
    return row.searches.order_by("-end").first()


def source(actor: Actor, source_id: UUID | str, today: date) -> Line:
    """One source; NotFound otherwise."""
    rows = LiteratureSource.objects.select_related("product__holder")
    return _line(actor, scope.one(actor, rows, id=source_id), today)


def searches(actor: Actor, row: LiteratureSource) -> list[LiteratureSearch]:
    """The searches of a source, the newest first."""
    rows = LiteratureSearch.objects.filter(source=row).select_related("searched_by")
    return list(scope.visible(actor, rows).order_by("-end")[:SHOWN])


def hits(actor: Actor, rows: Sequence[LiteratureSearch]) -> list[LiteratureHit]:
    """The hits of some searches, the undecided ones first."""
    found = LiteratureHit.objects.filter(search__in=[row.id for row in rows])
    found = found.select_related("case", "decided_by", "search")
    kept = list(scope.visible(actor, found))
    return sorted(kept, key=lambda hit: (hit.decision != "", -hit.search.end.toordinal(), hit.id))


def hit(actor: Actor, hit_id: UUID | str) -> LiteratureHit:
    """One hit; NotFound otherwise."""
    rows = LiteratureHit.objects.select_related(
        "search__source__product__holder", "case", "decided_by"
    )
    return scope.one(actor, rows, id=hit_id)


def decided_words(row: LiteratureHit) -> str:
    """What was decided of a hit, by whom and when."""
    text = _("This hit was decided on already: %(decision)s. %(who)s, %(at)s.")
    at = f"{localtime(row.decided_at):%Y-%m-%d %H:%M}" if row.decided_at else "—"
    return text % {"decision": row.get_decision_display(), "who": row.decided_by or "—", "at": at}


def week(actor: Actor, product: Product, first: date, last: date) -> list[LiteratureSearch]:
    """The searches of a product whose period ends in a span of days, by source."""
    rows = LiteratureSearch.objects.filter(product=product, end__range=(first, last))
    rows = rows.select_related("source", "searched_by")
    return list(scope.visible(actor, rows).order_by("source__name", "end"))
