"""Products and indications of the register: entered by one person, confirmed by another.

Confirmed, an entry is written to the product or the indication; what rests on the approval date of
an indication follows it."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.reference.rows import holder_code
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.domain.dates import PartialDate
from followup.models import Holder, Indication, Product
from followup.queries import codes
from pv.actions import confirmations
from pv.actions.commitments import approval_changed, require_status
from pv.models import ProductEntry
from pv.queries import product_entries

Subject = ProductEntry.Subject
CODE = re.compile(r"[A-Z0-9][A-Z0-9_]{1,29}")
# What a document has to say of each; the rest may be unknown.
_NEEDED = {
    Subject.PRODUCT: ("inn", "generic_zh", "holder_zh", "holder_en", "vector_type"),
    Subject.INDICATION: ("name_zh", "name_en", "status"),
}
_LISTS = {"disease": "disease", "vector_type": "vector_type"}


@action("product.enter", needs=Perm.COMMITMENT_WRITE)
def enter_product(
    actor: Actor, product: Product | None, *, values: Mapping[str, Any], source: str
) -> ProductEntry:
    """Enter what a document says of a product; None: a new one, with its `code`.

    It holds once another person confirms it.
    """
    names = product_entries.PRODUCT_FIELDS
    said = _said(values, names if product else ("code", *names))
    if product is None and not product_entries.may_add(actor):
        raise Denied(Perm.COMMITMENT_WRITE)
    problems = _problems(Subject.PRODUCT, said, source)
    if product is None:
        problems |= _code_problems(said["code"])
    if not isinstance(said["is_car_t"], bool):
        problems["is_car_t"] = _("Answer yes or no.")
    if problems:
        raise Refused(problems)
    before = product_entries.of_product(product) if product else {}
    return _kept(actor, Subject.PRODUCT, said, source, before=before, product=product)


@action("indication.enter", needs=Perm.COMMITMENT_WRITE)
def enter_indication(
    actor: Actor,
    product: Product,
    indication: Indication | None,
    *,
    values: Mapping[str, Any],
    source: str,
) -> ProductEntry:
    """Enter what a document says of an indication; None: a new one of the product.

    `approved` is an ISO date, of which day and month may be unknown, or empty. It holds once
    another person confirms it.
    """
    said = _said(values, product_entries.INDICATION_FIELDS)
    problems = _problems(Subject.INDICATION, said, source)
    if indication is not None and indication.product_id != product.id:
        problems["name_zh"] = _("Choose an indication of the product.")
    if "status" not in problems and said["status"] not in Indication.Status.values:
        problems["status"] = _("Choose the status.")
    same = Indication.objects.filter(product=product, name_zh=said["name_zh"])
    if (same.exclude(id=indication.id) if indication else same).exists():
        problems["name_zh"] = _("This indication is recorded already.")
    problems |= _approval_problems(said)
    if indication is not None and not problems:
        require_status(indication, said["status"])
    if problems:
        raise Refused(problems)
    before = product_entries.of_indication(indication) if indication else {}
    return _kept(
        actor,
        Subject.INDICATION,
        said,
        source,
        before=before,
        product=product,
        indication=indication,
    )


@action("product.confirm", needs=Perm.COMMITMENT_WRITE)
def confirm(actor: Actor, entry: ProductEntry) -> ProductEntry:
    """Confirm an entry against its document and write it to the product or the indication.

    Refused when something else was recorded of it since the entry was made.
    """
    row = ProductEntry.objects.select_for_update(of=("self",)).get(id=entry.id)
    confirmations.confirm(actor, row)
    if row.subject == Subject.PRODUCT:
        _write_product(row)
    else:
        _write_indication(actor, row)
    row.save(update_fields=["product", "indication"])
    return row


@action("product.refuse", needs=Perm.COMMITMENT_WRITE)
def refuse(actor: Actor, entry: ProductEntry, *, reason: str) -> ProductEntry:
    """Refuse an entry, with the reason; it is entered again."""
    row = ProductEntry.objects.select_for_update(of=("self",)).get(id=entry.id)
    confirmations.refuse(actor, row, reason)
    return row


def _said(values: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The columns of the entry in their order, texts without blanks around them."""
    found = {name: values.get(name) for name in names}
    return {name: v.strip() if isinstance(v, str) else v for name, v in found.items()}


def _problems(subject: str, said: Mapping[str, Any], source: str) -> dict[str, Any]:
    """What is missing, too long for its column, or in no list."""
    problems: dict[str, Any] = {
        name: _("Enter it.") for name in _NEEDED[Subject(subject)] if not said[name]
    }
    if not source.strip():
        problems["source"] = _("Say which document this was taken from.")
    model = Product if subject == Subject.PRODUCT else Indication
    known = {field.name: field.max_length for field in model._meta.concrete_fields}
    for name, value in said.items():
        most = known.get(name) or (120 if name.startswith("holder") else None)
        if most and isinstance(value, str) and len(value) > most:
            problems[name] = _("At most %(most)s characters.") % {"most": most}
        elif value and name in _LISTS and value not in {c for c, *_w in codes.items(_LISTS[name])}:
            problems[name] = _("Choose one of the list.")
    return problems


def _code_problems(code: str) -> dict[str, Any]:
    if not CODE.fullmatch(code or ""):
        return {"code": _("Capital letters, digits and underscores, at most 30.")}
    if Product.objects.filter(code=code).exists():
        return {"code": _("This code is taken.")}
    return {}


def _approval_problems(said: Mapping[str, Any]) -> dict[str, Any]:
    """A date that is no day, of the future, or missing where an approval is stated."""
    if not said["approved"]:
        stated = said["status"] in (Indication.Status.CONDITIONAL, Indication.Status.FULL)
        text = _("Enter the approval date as far as the document states it.")
        return {"approved": text} if stated else {}
    try:
        day = PartialDate.from_iso(said["approved"])
    except ValueError:
        return {"approved": _("This is not a date. Enter year-month-day, for example 2026-11-21.")}
    if day.earliest > clock.today():
        return {"approved": _("The day lies in the future.")}
    return {}


def _kept(
    actor: Actor, subject: str, said: Mapping[str, Any], source: str, **more: Any
) -> ProductEntry:
    return ProductEntry.objects.create(
        subject=subject,
        values=said,
        source=source.strip(),
        entered_by_id=confirmations.person(actor),
        entered_at=clock.now(),
        **more,
    )


def _require_unchanged(row: ProductEntry, now: Mapping[str, Any]) -> None:
    if dict(now) != row.before:
        text = _("Something else was recorded of it since. Refuse this entry and enter it again.")
        raise Refused(text)


def _write_product(row: ProductEntry) -> None:
    """The product as entered, under its holder; a holder not known yet is added."""
    said = row.values
    holder = Holder.objects.filter(code=holder_code(said["holder_en"])).first()
    names = {"name_zh": said["holder_zh"], "name_en": said["holder_en"]}
    if holder is None:
        holder = Holder.objects.create(code=holder_code(said["holder_en"]), **names)
    if row.product is None:
        if Product.objects.filter(code=said["code"]).exists():
            raise Refused(_("This code is taken."))
        held = Product(code=said["code"])
    else:
        held = Product.objects.select_for_update(of=("self",)).get(id=row.product.id)
        _require_unchanged(row, product_entries.of_product(held))
    if (holder.name_zh, holder.name_en) != tuple(names.values()):
        holder.name_zh, holder.name_en = names.values()
        holder.save(update_fields=["name_zh", "name_en"])
    own = [name for name in product_entries.PRODUCT_FIELDS if not name.startswith("holder")]
    for name in own:
        setattr(held, name, said[name])
    held.holder, held.citation, held.confidence = holder, row.source, "source"
    held.as_of, held.entered_here_at = clock.today(), clock.now()
    held.save()
    row.product = held


def _write_indication(actor: Actor, row: ProductEntry) -> None:
    """The indication as entered; open commitments follow its approval date."""
    said = row.values
    if row.indication is None:
        held = Indication(code=_next_code(row.product_id), product=row.product)
    else:
        held = Indication.objects.select_for_update().get(id=row.indication.id)
        _require_unchanged(row, product_entries.of_indication(held))
        require_status(held, said["status"])
    for name in ("name_zh", "name_en", "disease", "status"):
        setattr(held, name, said[name] or "")
    day = PartialDate.from_iso(said["approved"]) if said["approved"] else None
    held.approved_from = day.earliest if day else None
    held.approved_precision = day.precision.value if day else ""
    held.citation, held.confidence, held.entered_here_at = row.source, "source", clock.now()
    held.save()
    approval_changed(actor, held, document=row.source)
    row.indication = held


def _next_code(product_id: Any) -> str:
    """The code of a product's next indication; nothing but its number is read from it."""
    product = Product.objects.select_for_update(of=("self",)).get(id=product_id)
    taken = set(Indication.objects.filter(product=product).values_list("code", flat=True))
    stem = product.code[:36]
    return next(code for n in range(1, 1000) if (code := f"{stem}_{n}") not in taken)
