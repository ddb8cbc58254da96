"""Sampling kits of the sites an actor may see: the list, the stock of each site, one kit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.domain import scans
from followup.domain.samples.kits import KitState, KitStepKind, ShelfLife, shelf_life
from followup.domain.samples.numbers import SampleNumberError, read_kit_number
from followup.models import Kit, KitItem, KitStep, Sample, Site
from followup.models.kits import KIT_REASONS, KIT_STATES, KIT_STEPS

__all__ = ["KIT_REASONS", "KIT_STATES", "KIT_STEPS"]

PAGE = 50
SOON = timedelta(days=30)  # how early an expiry is said beforehand; project default
_NUMBER = re.compile(r"K\d\d", re.ASCII | re.IGNORECASE)
# What still can be filled; a kit of which some tubes were used keeps the others.
OPEN = (KitState.ASSEMBLED, KitState.SENT, KitState.RECEIVED, KitState.IN_USE)
_UNFILLED = Q(state__in=[state.value for state in OPEN[:3]])


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; `shelf` is SOON or EXPIRED, `text` the start of a number."""

    state: str = ""
    site: UUID | None = None
    shelf: str = ""
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.state or self.site or self.shelf or self.text)


@dataclass(frozen=True, slots=True)
class KitLine:
    """One kit, how it stands to its last day (empty once it is closed), how many are filled."""

    kit: Kit
    shelf: str
    filled: int
    items: int


@dataclass(frozen=True, slots=True)
class Stock:
    """The unfilled kits of one site: on their way, there and valid, soon over, over."""

    site: Site
    on_way: int
    valid: int
    soon: int
    expired: int


@dataclass(frozen=True, slots=True)
class ItemLine:
    """Tubes of a kit; `hidden` are filled for a sample the reader may not see."""

    item: KitItem
    sample: Sample | None
    hidden: bool


@dataclass(frozen=True, slots=True)
class KitStepLine:
    """One row of a kit as it reads today; `superseded` rows are kept and struck through."""

    row: KitStep
    sample: Sample | None
    superseded: bool


def shelf_of(kit: Kit, today: date | None = None) -> str:
    """How a kit stands to its last day; empty for one that can no longer be filled."""
    if KitState(kit.state) not in OPEN:
        return ""
    return shelf_life(kit.expires_on, today or clock.today(), SOON).value


def _within(shelf: str) -> Q:
    """Unfilled kits that are soon over, or are over."""
    today = clock.today()
    if shelf == ShelfLife.EXPIRED:
        return _UNFILLED & Q(expires_on__lt=today)
    return _UNFILLED & Q(expires_on__gte=today, expires_on__lte=today + SOON)


def _filtered(actor: Actor, filters: Filters) -> QuerySet[Kit]:
    rows = scope.visible(actor, Kit.objects.all())
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.site:
        rows = rows.filter(site_id=filters.site)
    if filters.shelf in (ShelfLife.SOON, ShelfLife.EXPIRED):
        rows = rows.filter(_within(filters.shelf))
    if text := filters.text.strip():
        own = Q(number__startswith=text.upper()) if _NUMBER.match(text) else Q(code__iexact=text)
        rows = rows.filter(own)
    return rows


def page(
    actor: Actor, *, filters: Filters | None = None, key: str = "", size: int = PAGE
) -> Page[KitLine]:
    """One page of kits; `key` is the last number of the page before."""
    rows = _filtered(actor, filters or Filters())
    if key := keyset.parse_cursor(key, r"K\d\d-\d+-\d\d"):
        rows = rows.filter(number__lt=key)
    rows = rows.select_related("site").order_by("-number")
    found, end = keyset.page(rows[: size + 1], size, lambda row: row.number)
    counted = {
        row["kit"]: (row["filled"], row["of"])
        for row in KitItem.objects.filter(kit__in=found)
        .order_by()
        .values("kit")
        .annotate(filled=Count("sample"), of=Count("id"))
    }
    today = clock.today()
    return Page(
        [KitLine(row, shelf_of(row, today), *counted.get(row.id, (0, 0))) for row in found], end
    )


def stock(actor: Actor) -> list[Stock]:
    """What every site has that can be filled, by code of the site; sites without any left out."""
    today = clock.today()
    there = Q(state=KitState.RECEIVED.value)
    over, late = Q(expires_on__lt=today), Q(expires_on__lte=today + SOON)
    rows = scope.visible(actor, Kit.objects.filter(_UNFILLED)).order_by().values("site")
    counted = rows.annotate(
        on_way=Count("id", filter=~there & ~over),
        valid=Count("id", filter=there & (Q(expires_on__isnull=True) | ~late)),
        soon=Count("id", filter=there & late & ~over),
        expired=Count("id", filter=over),
    )
    names = ("on_way", "valid", "soon", "expired")
    found = {row[0]: row[1:] for row in counted.values_list("site", *names)}
    sites = Site.objects.filter(id__in=found).order_by("code")
    return [Stock(site, *found[site.id]) for site in sites]


def one(actor: Actor, kit_id: UUID | str, needs: Perm | None = None) -> Kit:
    """One kit; NotFound otherwise."""
    return scope.one(actor, Kit.objects.select_related("site"), needs, id=kit_id)


def by_number(actor: Actor, text: str, *, site: UUID | None = None) -> Kit | None:
    """The kit of a scanned or typed number, or of its assembler's code; None for none of theirs.

    Where two sites have a kit of one code, the newest of `site`, else of all, is meant.
    """
    plain = scans.clean(text)
    rows = scope.visible(actor, Kit.objects.select_related("site"))
    try:
        return rows.filter(number=str(read_kit_number(plain))).first()
    except SampleNumberError:
        if not plain:
            return None
    rows = rows.filter(code__iexact=plain)
    if site is not None:
        rows = rows.filter(site_id=site)
    return rows.order_by("-number").first()


def scanned(actor: Actor, text: str, *, limit: int) -> list[Kit]:
    """What the search box finds: the scanned kit, else numbers that begin so."""
    exact = by_number(actor, text)
    if exact is not None:
        return [exact]
    start = scans.clean(text).upper()
    if not _NUMBER.match(start):
        return []
    rows = scope.visible(actor, Kit.objects.filter(number__startswith=start[:20]))
    return list(rows.order_by("-number")[:limit])


def others(kit: Kit) -> list[Site]:
    """The sites a kit may be forwarded to."""
    return list(Site.objects.filter(is_active=True).exclude(id=kit.site_id).order_by("code"))


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A kit that left a site for another one: its number, where to, on which day, by which step.

    `on_way`: the other site recorded nothing of it yet, so that it can be said not to have left.
    """

    step: UUID
    number: str
    place: str
    on: date | None
    on_way: bool


def forwarded(actor: Actor) -> list[Forwarded]:
    """The last kits that the actor's sites sent on to others, the newest first.

    The kits are the other sites' since; what the step says of them is told.
    """
    rows = KitStep.objects.filter(step=KitStepKind.FORWARD.value, replaces__isnull=True)
    seen = scope.visible(actor, rows.filter(replaced_by__isnull=True))
    found = list(seen.order_by("-recorded_at")[:10])
    there = _as_they_are([row.kit_id for row in found])
    return [
        Forwarded(row.id, number, row.place, row.happened_on, row.number == last)
        for row in found
        for number, last in [there[row.kit_id]]
    ]


@contexts.reads_whole
def _as_they_are(keys: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
    """The number of each kit, and of its last step."""
    rows = Kit.objects.filter(id__in=keys).annotate(last=Max("steps__number"))
    return {key: (number, last) for key, number, last in rows.values_list("id", "number", "last")}


def forwarding(actor: Actor, step_id: UUID | str) -> KitStep:
    """The step by which one of the actor's sites sent a kit on; NotFound otherwise."""
    rows = KitStep.objects.filter(step=KitStepKind.FORWARD.value)
    return scope.one(actor, rows, Perm.SAMPLE_WRITE, id=step_id)


@contexts.reads_whole
def _every_step(kit: Kit) -> list[KitStep]:
    """The steps of a kit, those of the site it came from too."""
    return list(kit.steps.select_related("recorded_by").order_by("number"))


def _seen(actor: Actor, ids: Sequence[UUID | None]) -> dict[UUID, Sample]:
    rows = Sample.objects.filter(id__in=[each for each in ids if each])
    return {row.id: row for row in scope.visible(actor, rows.select_related("patient"))}


def contents(actor: Actor, kit: Kit) -> list[ItemLine]:
    """What is in a kit the actor has found, and which sample each part was filled for.

    Tubes are no patient's until they are filled: of those filled for a sample the actor may not
    see, nothing is told but that they are used.
    """
    rows = list(kit.items.order_by("number"))
    seen = _seen(actor, [row.sample_id for row in rows])
    return [
        ItemLine(
            row,
            seen.get(row.sample_id) if row.sample_id else None,
            row.sample_id is not None and row.sample_id not in seen,
        )
        for row in rows
    ]


def steps(actor: Actor, kit: Kit) -> list[KitStepLine]:
    """The steps of a kit the actor has found, in order of recording, replaced rows included.

    The use for a sample the actor may not see is left out: its day is that of the collection.
    """
    found = _every_step(kit)
    gone = {row.replaces_id for row in found}
    seen = _seen(actor, [row.sample_id for row in found])
    return [
        KitStepLine(row, seen.get(row.sample_id) if row.sample_id else None, row.id in gone)
        for row in found
        if row.sample_id is None or row.sample_id in seen
    ]


def step(actor: Actor, step_id: UUID | str, needs: Perm | None = None) -> KitStep:
    """One row of a kit; NotFound otherwise."""
    return scope.one(actor, KitStep.objects.select_related("kit"), needs, id=step_id)


def use_of(actor: Actor, sample: Sample) -> KitItem | None:
    """The tubes a sample was filled into, with their kit; None where no kit is recorded."""
    rows = KitItem.objects.filter(sample=sample).select_related("kit")
    return scope.visible(actor, rows).first()
