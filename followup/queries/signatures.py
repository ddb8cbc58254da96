"""Reading signatures: of a record, whether each still stands, and whether it verifies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.models import Change, Signature
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.security import bindings
from followup.core.trail import signables
from followup.core.trail.signables import Signable
from followup.domain.signatures import Content, SignedLine, changed, lines_of, sha256, state_of

MOST = 5000


@dataclass(frozen=True, slots=True)
class SignatureStanding:
    """A signature of a record: whether the record is still as signed, and what is wrong with it."""

    row: Signature
    meaning: str
    at: str
    current: bool | None  # None where the record was not looked at
    problems: tuple[str, ...]


def content(actor: Actor, signable: Signable, row: Any) -> Content:
    """What is shown for signing, in the language of the moment."""
    lines = tuple(SignedLine(*line) for line in signable.lines(actor, row))
    language = get_language() or "zh-hans"
    return Content(signable.kind, str(row.pk), signable.title(row), language, lines)


def find(actor: Actor, kind: str, record: str) -> tuple[Signable, Model]:
    """A record that can be signed, in the actor's scope; NotFound otherwise."""
    signable = signables.of(kind)
    return signable, signable.find(actor, record)


def may_sign(actor: Actor, signable: Signable, row: Model) -> dict[str, Any]:
    """The meanings the actor may give a signature of this record."""
    site, product = scope.keys(row)
    return {
        code: meaning.label
        for code, meaning in signable.meanings.items()
        if actor.may(meaning.needs, site=site, product=product)
    }


def offered(actor: Actor, signable: Signable, row: Model) -> dict[str, Any]:
    """The meanings a page offers to the actor: those the record is ready for."""
    return {
        code: label
        for code, label in may_sign(actor, signable, row).items()
        if signable.meanings[code].offered(actor, row)
    }


def meaning(row: Signature) -> str:
    """What a signature says, in words."""
    known = signables.registered().get(row.kind)
    label = known.meanings[row.meaning].label if known and row.meaning in known.meanings else ""
    return str(label or row.meaning)


def record_words(row: Signature) -> str:
    """What was signed, in words: its kind and its title, which alone may be no more than a day."""
    known = signables.registered().get(row.kind)
    kind = str(known.label) if known else row.kind
    return _("%(kind)s: %(title)s") % {"kind": kind, "title": row.title}


@contexts.reads_whole
def of(actor: Actor, signable: Signable, row: Model) -> list[SignatureStanding]:
    """The signatures of a record the actor has read, the latest first."""
    rows = Signature.objects.filter(kind=signable.kind, record_id=str(row.pk))
    signed = list(rows.order_by("-signed_at", "-id"))
    if not signed:
        return []
    now = content(actor, signable, row)
    state = state_of(now)
    return [
        SignatureStanding(
            one,
            meaning(one),
            bindings.signed_at(one),
            one.state_sha256 == state or not changed(lines(one), now.lines),  # another order
            tuple(problems(one)),
        )
        for one in signed
    ]


@contexts.reads_whole
def has_signed(actor: Actor, content: Content, *, meaning: str, state_sha256: str) -> bool:
    """Whether the actor has signed just this, so that a second press signs nothing twice.

    A signature that does not verify counts for nothing.
    """
    rows = Signature.objects.filter(
        kind=content.kind,
        record_id=content.record,
        meaning=meaning,
        state_sha256=state_sha256,
        signer_id=actor.id,
    )
    return any(not list(problems(row)) for row in rows)


@contexts.reads_whole
def signers(kind: str, rows: Iterable[Model]) -> dict[str, list[Signature]]:
    """The signatures under records of a list the actor has read, by the id of the record."""
    found: dict[str, list[Signature]] = {}
    wanted = [str(row.pk) for row in rows]
    signed = Signature.objects.filter(kind=kind, record_id__in=wanted).order_by("signed_at", "id")
    for one in signed.defer("content"):
        found.setdefault(one.record_id, []).append(one)
    return found


@contexts.reads_whole
def standing(row: Signature) -> SignatureStanding:
    """One signature, verified."""
    return SignatureStanding(row, meaning(row), bindings.signed_at(row), None, tuple(problems(row)))


@contexts.reads_whole
def under(signable: Signable, row: Model, *, title: str) -> list[SignatureStanding]:
    """The signatures under one version of a record that was read, by the title it was signed
    under, the first first: for printing with it."""
    rows = Signature.objects.filter(kind=signable.kind, record_id=str(row.pk), title=title)
    return [standing(one) for one in rows.order_by("signed_at", "id")]


def one(actor: Actor, signature_id: UUID | str) -> Signature:
    """One signature, for whoever reads the trail or the record; NotFound otherwise."""
    if actor.may(Perm.AUDIT_READ):
        return scope.one(actor, Signature.objects.all(), id=signature_id)
    with contexts.whole():
        row = scope.one(Actor.process("signatures"), Signature.objects.all(), id=signature_id)
    find(actor, row.kind, row.record_id)
    return row


def problems(row: Signature) -> Iterator[str]:
    """What does not verify, in words; nothing when all does.

    The content must have its hash, the row its binding, and the trail the insertion of just this
    row: so an edited, a copied and a moved row are found, each by another hand.
    """
    if not constant_time_compare(sha256(row.content), row.content_sha256):
        yield _("The signed content is not what was signed.")
    if not constant_time_compare(bindings.binding(row), row.binding):
        yield _("The row was altered, copied or moved.")
    images = _inserted(row)
    if len(images) != 1 or images[0].get("binding") != row.binding:
        yield _("The trail does not hold this signature as it is.")


@contexts.reads_whole
def _inserted(row: Signature) -> list[dict[str, Any]]:
    """What the trail holds of it, for whoever reads the signature."""
    inserted = Change.objects.filter(
        table_name=Signature._meta.db_table, row_id=str(row.id), operation="INSERT"
    )
    return [change.after or {} for change in inserted[:2]]


@contexts.reads_whole
def lost() -> list[str]:
    """Ids of signatures the trail saw and the table has no more."""
    seen = Change.objects.filter(table_name=Signature._meta.db_table, operation="INSERT")
    kept = {str(key) for key in Signature.objects.values_list("id", flat=True)}
    return [key for key in seen.values_list("row_id", flat=True) if key not in kept]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)


def manifest(actor: Actor, *, since: date, until: date) -> QuerySet[Signature]:
    """The signatures of a period within the reader's scope, the first first."""
    actor.require(Perm.AUDIT_READ)
    rows = scope.visible(actor, Signature.objects.select_related("signer"))
    end = _midnight(until + timedelta(days=1))
    return rows.filter(signed_at__gte=_midnight(since), signed_at__lt=end).order_by(
        "signed_at", "id"
    )[:MOST]


def every(actor: Actor) -> Iterator[Signature]:
    """All signatures, for the verification; only the system reads them all."""
    actor.require(Perm.SYSTEM)
    yield from Signature.objects.order_by("signed_at", "id").iterator(chunk_size=500)


def lines(row: Signature) -> list[SignedLine]:
    """What was signed, line by line; nothing where the content was altered into no content."""
    try:
        return lines_of(row.content)
    except (ValueError, KeyError, TypeError):
        return []
