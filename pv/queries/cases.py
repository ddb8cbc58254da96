"""Cases as safety sees them: the worklist, one case with everything around it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http.keyset import Page, after
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.security import access
from followup.models import AdverseEvent
from pv.domain.cases import basis
from pv.domain.cases.flags import Flags
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case, CaseSource, CaseStep, CaseVersion, ReportClock, Submission
from pv.queries import assignments, obligations, version_unlocks
from pv.queries.standardised_queries import codes_of

PAGE = 50
FAR = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; `box` is one of the folders above the list."""

    box: str = "all"
    product: UUID | None = None
    text: str = ""
    smq: str = ""  # code and scope of a standardised query


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the case list."""

    case: Case
    clock: ReportClock | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Boxes:
    """How many cases lie in each folder, counted to a thousand."""

    inbox: int
    mine: int
    review: int
    submission: int
    overdue: int
    nullified: int


def _rows(actor: Actor, filters: Filters, today: date) -> QuerySet[Case]:
    rows = scope.visible(actor, Case.objects.all())
    still_open = ~Q(stage__in=("closed", "nullified"))
    boxes = {
        "all": Q() if filters.text.strip() else ~Q(stage="nullified"),
        "nullified": Q(stage="nullified"),
        "open": still_open,
        "inbox": Q(stage="drafted"),
        "mine": still_open & assignments.mine(actor, today),
        "review": Q(stage="medical"),
        # A nullification its receiver refused is to be submitted once more.
        "submission": Q(stage="submission") | Q(stage="nullified", next_due__isnull=False),
        "overdue": still_open & Q(next_due__lt=today),
    }
    rows = rows.filter(boxes.get(filters.box, still_open))
    if filters.product:
        rows = rows.filter(product_id=filters.product)
    smq = codes_of(filters.smq)
    if smq is not None:
        rows = rows.filter(features__values__terms__has_any_keys=sorted(smq))
    if filters.text.strip():
        wanted = filters.text.strip()
        rows = rows.filter(
            Q(number__istartswith=wanted)
            | Q(worldwide_id__iexact=wanted)
            | Q(patient__study_code__iexact=wanted)
        )
    return rows


def page(
    actor: Actor, *, today: date, filters: Filters | None = None, key: str = "", size: int = PAGE
) -> Page[Item]:
    """One page of cases, the earliest open clock first; cases without one come last."""
    wanted = filters or Filters(box="open")
    rows = _rows(actor, wanted, today)
    dated = rows.filter(next_due__isnull=False).order_by("next_due", "id")
    undated = rows.filter(next_due__isnull=True).order_by("id")
    due, last = _read(key)
    found: list[Case] = []
    related = ("product", "patient", "assigned_to")
    if last is None or due is not None:
        start = dated if last is None else dated.filter(after(("next_due", "id"), (due, last)))
        found = list(start.select_related(*related)[: size + 1])
    if len(found) <= size:
        rest = undated if last is None or due is not None else undated.filter(id__gt=last)
        found += list(rest.select_related(*related)[: size + 1 - len(found)])
    clocks = _first_clocks([case.id for case in found])
    items = [_item(case, clocks.get(case.id), today) for case in found[:size]]
    end = items[-1].case if len(found) > size else None
    next_key = f"{end.next_due or 'none'}.{end.id}" if end else ""
    return Page(items, next_key)


def _read(key: str) -> tuple[date | None, UUID | None]:
    """The day and the case a page ended with; no case for a key that cannot be one."""
    due, _dot, last = key.partition(".")
    try:
        return (None if due == "none" else date.fromisoformat(due)), UUID(last)
    except ValueError:
        return None, None


def _item(case: Case, clock: ReportClock | None, today: date) -> Item:
    left = (case.next_due - today).days if case.next_due else None
    return Item(case, clock, left)


def _first_clocks(cases: Sequence[UUID]) -> dict[UUID, ReportClock]:
    rows = ReportClock.objects.filter(
        case_id__in=cases, met_on__isnull=True, stopped_at__isnull=True
    )
    first: dict[UUID, ReportClock] = {}
    for clock in rows.order_by("due", "rule"):
        first.setdefault(clock.case_id, clock)
    return first


def boxes(actor: Actor, *, today: date) -> Boxes:
    """The numbers above the list."""

    def count(box: str) -> int:
        return _rows(actor, Filters(box=box), today).order_by()[:1001].count()

    names = ("inbox", "mine", "review", "submission", "overdue", "nullified")
    return Boxes(*(count(name) for name in names))


def one(actor: Actor, case_id: UUID | str) -> Case:
    """One case; NotFound otherwise."""
    rows = Case.objects.select_related("product__holder", "patient", "site", "assigned_to")
    return scope.one(actor, rows, id=case_id)


def every(actor: Actor) -> Iterator[Case]:
    """All cases in the order of their numbers, read in pieces."""
    yield from scope.visible(actor, Case.objects.order_by("number")).iterator(chunk_size=200)


def by_number(actor: Actor, number: str) -> Case:
    """One case by its number, as people and commands name it."""
    return scope.one(actor, Case.objects.select_related("product__holder"), number=number)


def version(actor: Actor, case: Case, number: int | None = None) -> CaseVersion:
    """A version of a case, the current one by default."""
    rows = scope.visible(actor, CaseVersion.objects.filter(case=case))
    return scope.one(actor, rows, number=number or case.current_version)


def versions(actor: Actor, case: Case) -> list[CaseVersion]:
    """Every version of a case, the newest first; without its content."""
    rows = scope.visible(actor, CaseVersion.objects.filter(case=case))
    return list(rows.defer("message").select_related("author").order_by("-number"))


def flags_on(actor: Actor, case: Case, day: date) -> Flags:
    """What was known of a case at the end of a day: seriousness, death, danger to life."""
    return obligations.flags_on(actor, case, day)


def message(row: CaseVersion) -> Message:
    """The message tree of a version."""
    return Message(storage.from_data(row.message))


def clock_of(actor: Actor, case: Case, clock_id: UUID | str) -> ReportClock:
    """One clock of a case; NotFound where it has none of this id."""
    return scope.one(actor, ReportClock.objects.filter(case=case), id=clock_id)


def clocks(actor: Actor, case: Case) -> list[ReportClock]:
    """All clocks of a case, the open ones first."""
    rows = scope.visible(actor, ReportClock.objects.filter(case=case))
    return sorted(rows, key=lambda c: (c.met_on is not None or c.stopped_at is not None, c.due))


def sources(actor: Actor, case: Case) -> list[CaseSource]:
    """Where values were offered from, the newest first, each with `overtaken`."""
    return list(scope.visible(actor, _sources(case)).order_by("-taken_at"))


def withdrawal(actor: Actor, case: Case) -> AdverseEvent | None:
    """The event of a case its hospital withdrew; None while it stands."""
    rows = AdverseEvent.objects.filter(case_sources__case=case, withdrawn_at__isnull=False)
    return scope.visible(actor, rows.distinct(), Perm.CASE_READ).first()


def _sources(case: Case) -> QuerySet[CaseSource]:
    """The sources of a case with `overtaken`.

    A source of the hospital offers everything known of its event on its day, so one that nobody
    adopted is overtaken by a later one of the same event: its values stand there as they are now.
    """
    later = CaseSource.objects.filter(
        case=OuterRef("case"), event=OuterRef("event"), taken_at__gt=OuterRef("taken_at")
    )
    return CaseSource.objects.filter(case=case).annotate(
        overtaken=Q(adopted_at__isnull=True) & Exists(later)
    )


def source(actor: Actor, case: Case, source_id: UUID | str) -> CaseSource:
    """One source of a case with `overtaken`; NotFound otherwise."""
    return scope.one(actor, _sources(case), id=source_id)


def steps(actor: Actor, case: Case) -> list[CaseStep]:
    """The last steps of a case from stage to stage, the newest first."""
    rows = scope.visible(actor, CaseStep.objects.filter(case=case).select_related("actor"))
    return list(rows.order_by("-recorded_at", "-id")[:10])


def submissions(actor: Actor, case: Case) -> list[Submission]:
    """Released files, the newest first, each with `void`; without their content."""
    rows = scope.visible(actor, Submission.objects.filter(case=case))
    rows = rows.annotate(void=version_unlocks.void())
    rows = rows.defer("content").select_related("version", "transmission")
    return list(rows.order_by("-generated_at", "-id"))


def rejected(submissions: Sequence[Submission]) -> list[Submission]:
    """Files a receiver did not load and that no later file for the same receiver has followed."""
    last: dict[tuple[str, str], Submission] = {}
    for row in submissions:  # the newest first
        last.setdefault((row.profile, row.partner), row)
    return [row for row in last.values() if row.state == Submission.State.REJECTED]


def submission(actor: Actor, submission_id: UUID | str) -> Submission:
    """One released file with its content; NotFound otherwise."""
    return scope.one(actor, Submission.objects.select_related("case"), id=submission_id)


def downloaded(actor: Actor, submission_id: UUID | str) -> Submission:
    """A released file for somebody who takes it away: noted in the log of reads under its case."""
    row = submission(actor, submission_id)
    actor.require(Perm.ICSR_EXPORT, site=row.site_id, product=row.product_id)
    access.record(
        actor,
        "icsr.download",
        row.case_id,
        reason=row.file_name,
        site=row.site_id,
        product=row.product_id,
    )
    return row


def narrative_outdated(row: CaseVersion) -> bool:
    """Whether coded values changed since the narrative was written or checked by a person."""
    if not row.narrative_basis:
        return False
    return row.narrative_basis != basis(storage.from_data(row.message))


@contexts.reads_whole
def of_event(event_id: UUID, *, today: date) -> list[Item]:
    """The cases made of an event, for a reader whose right to the event was checked."""
    found = list(Case.objects.filter(sources__event_id=event_id).distinct().order_by("number"))
    clocks_of = _first_clocks([case.id for case in found])
    return [_item(case, clocks_of.get(case.id), today) for case in found]
