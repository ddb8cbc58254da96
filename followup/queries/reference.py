"""Reference data as loaded: protocols, code lists, documents, holidays, products, sites."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import CharField, DateField, Q, QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.request_answers import once_a_request
from followup.core.statements import Given, OneOf, written_once
from followup.domain.calendars import HolidayTable
from followup.languages import is_chinese
from followup.models import Indication, Product, ReferenceItem, Site

R = TypeVar("R")
# Built once for each content, since content never changes under its fingerprint.
_DATA: dict[str, Mapping[str, Any]] = {}
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list with its labels; `data` is the whole entry."""

    code: str
    en: str
    zh: str
    data: Mapping[str, Any]

    def label(self, language: str) -> str:
        """The label in a language; English unless it is Chinese."""
        return self.zh if is_chinese(language) else self.en


@dataclass(frozen=True, slots=True)
class CodeList:
    """One code list in the order of the document."""

    code: str
    en: str
    zh: str
    items: tuple[Code, ...]

    def __iter__(self) -> Iterator[Code]:
        return iter(self.items)

    def __contains__(self, code: object) -> bool:
        return any(item.code == code for item in self.items)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes alone."""
        return tuple(item.code for item in self.items)

    def label(self, code: str, language: str) -> str:
        """The label of a code; the code itself when the list does not know it."""
        return next((i.label(language) for i in self.items if i.code == code), code)

    def choices(self, language: str) -> list[tuple[str, str]]:
        """Pairs for a form field."""
        return [(item.code, item.label(language)) for item in self.items]


def items(actor: Actor, kind: str = "") -> QuerySet[ReferenceItem]:
    """Every version of every entry, or of one kind, oldest first within an entry."""
    rows = scope.visible(actor, ReferenceItem.objects.all())
    return (rows.filter(kind=kind) if kind else rows).order_by("kind", "code", "loaded_at", "id")


def current(actor: Actor, kind: str, code: str, *, on: date | None = None) -> ReferenceItem:
    """The version in force on a day (today), the content deferred; NotFound when there is none."""
    return _in_force(actor, kind, (code,), on or clock.today())[code]


@once_a_request
def _in_force(
    actor: Actor, kind: str, codes: tuple[str, ...], day: date
) -> dict[str, ReferenceItem]:
    rows = _valid(_anybody(actor), kind=kind, codes=list(codes), day=day)
    return _latest(((row.code, row.valid_from, row) for row in rows), codes)


def _latest(rows: Iterable[tuple[str, date | None, R]], codes: Collection[str]) -> dict[str, R]:
    """Of each code the version that began last; NotFound when one is missing."""
    found: dict[str, tuple[date, R]] = {}
    for code, valid_from, row in rows:
        began = valid_from or date.min
        if code not in found or found[code][0] <= began:
            found[code] = began, row
    if set(codes) - found.keys():
        raise NotFound()
    return {code: row for code, (_began, row) in found.items()}


def _anybody(actor: Actor) -> Actor:
    """Whose rights a statement is written for: reference data is the same for all."""
    return Actor(id=None, name="") if scope.of(ReferenceItem).reference else actor


def _versions(actor: Actor) -> QuerySet[ReferenceItem]:
    """The versions in force on a day, of some entries of a kind."""
    day = Given("day", DateField())
    return items(actor).filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        OneOf("code", "codes", CharField()),
        kind=Given("kind", CharField()),
    )


@written_once
def _valid(actor: Actor) -> QuerySet[ReferenceItem]:
    return _versions(actor).defer("data")


@written_once
def _valid_contents(actor: Actor) -> QuerySet[ReferenceItem, tuple[Any, ...]]:
    return _versions(actor).values_list("code", "valid_from", "sha256", "id")


@once_a_request
def _contents(
    actor: Actor, kind: str, codes: tuple[str, ...], day: date
) -> dict[str, Mapping[str, Any]]:
    """What is in force on a day says, of some entries of a kind."""
    rows = _valid_contents(_anybody(actor), kind=kind, codes=list(codes), day=day)
    latest = _latest(((code, began, (sha, key)) for code, began, sha, key in rows), codes)
    return {code: _content(sha, key) for code, (sha, key) in latest.items()}


def _content(sha256: str, key: UUID) -> Mapping[str, Any]:
    if sha256 not in _DATA:
        if len(_DATA) >= _KEPT:
            _DATA.clear()
        _DATA[sha256] = ReferenceItem.objects.values_list("data", flat=True).get(id=key)
    return _DATA[sha256]


def _one_content(
    actor: Actor, kind: str, code: str, *, on: date | None = None
) -> Mapping[str, Any]:
    return _contents(actor, kind, (code,), on or clock.today())[code]


def document(actor: Actor, name: str, *, on: date | None = None) -> Mapping[str, Any]:
    """A whole document by file name (`samples`, `rule_sets`, ...); treat it as read-only."""
    return _one_content(actor, "document", name, on=on)


def code_lists(actor: Actor, *codes: str) -> dict[str, CodeList]:
    """Several code lists in one query; NotFound when one is not loaded."""
    made = {}
    for code, data in _contents(actor, "code_list", codes, clock.today()).items():
        rows = tuple(Code(row["code"], row["en"], row["zh"], row) for row in data["items"])
        made[code] = CodeList(code, data["title_en"], data["title_zh"], rows)
    return made


def code_list(actor: Actor, code: str) -> CodeList:
    """One code list."""
    return code_lists(actor, code)[code]


def holidays(actor: Actor, country: str = "CN", *, on: date | None = None) -> HolidayTable:
    """The holiday table of a country; each year says whether it is official or predicted."""
    return HolidayTable.from_dict(_one_content(actor, "holidays", country, on=on))


def products(actor: Actor, *, car_t: bool | None = None) -> QuerySet[Product]:
    """All products with their holders, or only those that are (not) CAR-T."""
    rows = scope.visible(actor, Product.objects.select_related("holder"))
    return rows if car_t is None else rows.filter(is_car_t=car_t)


def product(actor: Actor, *, id: UUID | str = "", code: str = "") -> Product:
    """One product by id or by code; NotFound otherwise."""
    lookup = {"id": id} if id else {"code": code}
    return scope.one(actor, Product.objects.select_related("holder"), **lookup)


def indications(actor: Actor, of: Product | None = None) -> QuerySet[Indication]:
    """Approved indications with their products, or those of one product."""
    rows = scope.visible(actor, Indication.objects.select_related("product__holder"))
    return rows.filter(product=of) if of else rows


def sites(actor: Actor, *, needs: Perm | None = None) -> QuerySet[Site]:
    """Active sites; with `needs` only those where the actor holds that permission."""
    rows = scope.visible(actor, Site.objects.filter(is_active=True))
    if needs is None or actor.system:
        return rows
    grants = list(actor.granting(needs))
    if any(grant.all_sites for grant in grants):
        return rows
    return rows.filter(id__in=[grant.site for grant in grants])


def chosen(sites: Sequence[Site], wanted: str) -> Site | None:
    """The hospital that was asked for, or the only one; None where several might be meant."""
    named = next((site for site in sites if str(site.id) == wanted), None)
    return named or (sites[0] if len(sites) == 1 else None)


def products_for(actor: Actor, needs: Perm) -> QuerySet[Product]:
    """Products for which the actor holds a permission."""
    grants = list(actor.granting(needs))
    if actor.system or any(grant.all_products for grant in grants):
        return products(actor)
    return products(actor).filter(id__in=[grant.product for grant in grants])


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """What the filter of a page says of a product."""

    id: UUID
    inn: str
    generic_zh: str


def product_choices(actor: Actor, needs: Perm) -> list[ProductChoice]:
    """The same, for the filter of a page."""
    return [ProductChoice(*row) for row in _choices(actor, needs)]


@written_once
def _choices(actor: Actor, needs: Perm) -> QuerySet[Product, tuple[UUID, str, str]]:
    return products_for(actor, needs).values_list("id", "inn", "generic_zh")


def site(actor: Actor, *, id: UUID | str = "", code: str = "") -> Site:
    """One site by id or by code; NotFound otherwise."""
    return scope.one(actor, Site.objects.all(), **({"id": id} if id else {"code": code}))


def indication(actor: Actor, *, id: UUID | str) -> Indication:
    """One indication; NotFound otherwise."""
    return scope.one(actor, Indication.objects.select_related("product"), id=id)
