"""Entries of the register of products and indications: what is proposed beside what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Cell
from followup.domain.dates import PartialDate
from followup.models import Indication, Product
from followup.queries import codes, reference
from pv.models import ProductEntry
from pv.queries.commitments import partial

Values = Mapping[str, Any]
PAGE = 50
STATES = ("waiting", "confirmed", "refused")
STATUSES = tuple(Indication.Status.values)
SUBJECTS = tuple(ProductEntry.Subject.values)
PRODUCT_FIELDS = (
    *("inn", "generic_zh", "brand_en", "brand_zh", "holder_zh", "holder_en"),
    *("target", "vector_type", "is_car_t", "approval_number"),
)
INDICATION_FIELDS = ("name_zh", "name_en", "disease", "status", "approved")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One column of an entry in words: what stood there, and what is entered."""

    label: str
    before: str
    value: str

    @property
    def differs(self) -> bool:
        """Whether the entry changes it."""
        return self.before != self.value


def of_product(row: Product) -> dict[str, Any]:
    """What the register says of a product, by column of an entry."""
    holder = {"holder_zh": row.holder.name_zh, "holder_en": row.holder.name_en}
    return {name: holder.get(name, getattr(row, name, None)) for name in PRODUCT_FIELDS}


def of_indication(row: Indication) -> dict[str, Any]:
    """What the register says of an indication, by column of an entry; the date as far as known."""
    known = partial(row.approved_from, row.approved_precision)
    approved = known.isoformat() if known else ""
    return {
        name: approved if name == "approved" else getattr(row, name) for name in INDICATION_FIELDS
    }


def _rows(actor: Actor) -> QuerySet[ProductEntry]:
    related = ("product__holder", "indication__product", "entered_by", "confirmed_by")
    return scope.visible(actor, ProductEntry.objects.select_related(*related))


def waiting(actor: Actor) -> list[ProductEntry]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _rows(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at", "id"))


def page(actor: Actor, *, state: str = "", product: str = "", key: str = "") -> Page[ProductEntry]:
    """One page of the entries, all or those of one of `STATES`; of a product, or of all."""
    if state and state not in STATES:
        raise Refused({"state": ", ".join(STATES)})
    rows = _rows(actor)
    if state == "refused":
        rows = rows.exclude(refused_because="")
    elif state:
        rows = rows.filter(refused_because="", confirmed_at__isnull=state == "waiting")
    if product:
        rows = rows.filter(product_id=reference.product(actor, id=product).id)
    return Page(*keyset.newest_first(rows, "entered_at", key=key, size=PAGE))


def one(actor: Actor, entry_id: UUID | str) -> ProductEntry:
    """One entry; NotFound otherwise."""
    return scope.one(actor, _rows(actor), id=entry_id)


def entries(actor: Actor, row: ProductEntry) -> list[ProductEntry]:
    """The other entries of the same product or indication, the newest first."""
    rows = _rows(actor).filter(subject=row.subject, product=row.product).exclude(id=row.id)
    if row.subject == ProductEntry.Subject.INDICATION:
        rows = rows.filter(indication=row.indication)
    return list(rows.order_by("-entered_at", "-id"))


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One indication of the list, or a product without one; `first` of its product."""

    product: Product
    indication: Indication | None
    approved: PartialDate | None
    status: str
    may: bool
    first: bool


def shown(actor: Actor) -> list[RegisterLine]:
    """The products of the reader with their indications, by name; `may`: the reader enters them."""
    known, found = statuses(), []
    for product in _with_indications(actor):
        may = actor.may(Perm.COMMITMENT_WRITE, product=product.id)
        rows: list[Indication | None] = [*product.indications.all()]
        for number, row in enumerate(rows or [None]):
            approved = partial(row.approved_from, row.approved_precision) if row else None
            status = known[row.status] if row else ""
            found.append(RegisterLine(product, row, approved, status, may, number == 0))
    return found


def _with_indications(actor: Actor) -> list[Product]:
    rows = reference.products_for(actor, Perm.COMMITMENT_READ).select_related("holder")
    return list(rows.prefetch_related("indications"))


def may_add(actor: Actor) -> bool:
    """Whether the actor may enter a new product: who keeps all of them."""
    grants = actor.granting(Perm.COMMITMENT_WRITE)
    return actor.system or any(grant.all_products for grant in grants)


def statuses() -> dict[str, str]:
    """The statuses of an approval in words."""
    return {
        Indication.Status.CONDITIONAL.value: pgettext("approval", "Conditional"),
        Indication.Status.FULL.value: pgettext("approval", "Full"),
        Indication.Status.UNKNOWN.value: pgettext("approval", "Not established"),
    }


def labels() -> dict[str, str]:
    """The columns of both kinds of entries in words."""
    return {
        "code": _("Code"),
        "inn": _("International name"),
        "generic_zh": _("Chinese name"),
        "brand_en": _("Brand, English"),
        "brand_zh": _("Brand, Chinese"),
        "holder_zh": _("Holder, Chinese"),
        "holder_en": _("Holder, English"),
        "target": pgettext("product", "Target"),
        "vector_type": _("Vector"),
        "is_car_t": _("CAR-T"),
        "approval_number": _("Approval number"),
        "name_zh": _("Indication, Chinese"),
        "name_en": _("Indication, English"),
        "disease": pgettext("product entry", "Disease"),
        "status": pgettext("column", "Status"),
        "approved": pgettext("column", "Approved"),
    }


def lines(row: ProductEntry) -> list[EntryLine]:
    """An entry column by column, as words of the reader's language."""
    return [
        EntryLine(label, _words(name, row.before.get(name)), _words(name, row.values[name]))
        for name, label in labels().items()
        if name in row.values
    ]


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return pgettext("answer", "Yes") if value else pgettext("answer", "No")
    if not value:
        return ""
    if name == "status":
        return statuses().get(str(value), str(value))
    if name in ("disease", "vector_type"):
        return codes.label(name, value, reader_language())
    return PartialDate.from_iso(value).shown() if name == "approved" else str(value)


def heading() -> Sequence[str]:
    """Heads of the register of products and indications."""
    known = labels()
    names = (*PRODUCT_FIELDS, *INDICATION_FIELDS)
    return (
        _("Code"),
        *(known[name] for name in names),
        pgettext("provenance", "Source"),
        _("Entered here"),
    )


def table(actor: Actor) -> list[tuple[Cell, ...]]:
    """Each indication of the actor's products, and products without one, by code."""
    found: list[tuple[Cell, ...]] = []
    for product in _with_indications(actor):
        said = [_words(name, value) for name, value in of_product(product).items()]
        rows = list(product.indications.all())
        for row in rows:
            cells = [_words(name, value) for name, value in of_indication(row).items()]
            found.append((row.code, *said, *cells, row.citation, _day(row)))
        if not rows:
            empty = [""] * len(INDICATION_FIELDS)
            found.append((product.code, *said, *empty, product.citation, _day(product)))
    return found


def _day(row: Product | Indication) -> str:
    return f"{row.entered_here_at:%Y-%m-%d}" if row.entered_here_at else ""


def subject_name(row: ProductEntry) -> str:
    """The product, and the indication, an entry is about; a new one by what is entered."""
    held = row.indication or (row.product if row.subject == row.Subject.PRODUCT else None)
    return localized_name(held) if held else str(row)
