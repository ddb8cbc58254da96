"""Documents beside an entry of the holder's registers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.problems import NotFound
from followup.core.security import access, secrets
from pv.models import (
    ApprovalEvidence,
    Certificate,
    Commitment,
    Interaction,
    ProductClassification,
    ProductEntry,
    RegisterContent,
    RegisterDocument,
    RiskPlan,
    Study,
)

Register = RegisterDocument.Register
# Of each register: its table, and the name of the page of an entry.
REGISTERS: Mapping[str, tuple[type[Model], str]] = {
    Register.RISK_PLAN: (RiskPlan, "risk-plan"),
    Register.CLASSIFICATION: (ProductClassification, "classification"),
    Register.INTERACTION: (Interaction, "interaction"),
    Register.EVIDENCE: (ApprovalEvidence, "approval-evidence"),
    Register.STUDY: (Study, "study"),
    Register.CERTIFICATE: (Certificate, "certificate"),
    Register.COMMITMENT: (Commitment, "commitment"),
    Register.PRODUCT: (ProductEntry, "product-entry"),
}


def page(register: str) -> str:
    """The name of the page of an entry; NotFound for a register there is not."""
    if register not in REGISTERS:
        raise NotFound()
    return REGISTERS[register][1]


def register_of(row: Model) -> str:
    """The register an entry belongs to."""
    return next(str(code) for code, (model, _page) in REGISTERS.items() if isinstance(row, model))


def record(actor: Actor, register: str, record_id: UUID | str) -> Any:
    """The entry a document stands beside; NotFound otherwise."""
    page(register)
    rows: QuerySet[Any] = REGISTERS[register][0]._default_manager.all()
    return scope.one(actor, rows, id=record_id)


def _rows(actor: Actor) -> QuerySet[RegisterDocument]:
    rows = RegisterDocument.objects.select_related("added_by", "removed_by")
    return scope.visible(actor, rows)


def of(actor: Actor, row: Any) -> list[RegisterDocument]:
    """The documents of an entry, the oldest first; those removed last, to be seen as removed."""
    rows = _rows(actor).filter(register=register_of(row), record=row.pk)
    return sorted(rows, key=lambda each: (each.removed_at is not None, each.added_at))


def of_product(actor: Actor, product_id: UUID) -> list[RegisterDocument]:
    """The documents of every entry of a product, the oldest first."""
    return list(_rows(actor).filter(product_id=product_id).order_by("added_at", "id"))


def of_register(actor: Actor, register: str) -> list[RegisterDocument]:
    """The documents of every entry of a register, the oldest first."""
    return list(_rows(actor).filter(register=register).order_by("added_at", "id"))


def one(actor: Actor, document_id: UUID | str) -> RegisterDocument:
    """One document of an entry the actor reads; NotFound otherwise."""
    row = scope.one(actor, _rows(actor), id=document_id)
    record(actor, row.register, row.record)
    return row


def place(row: RegisterDocument) -> bytes:
    """Where encrypted bytes belong: they open nowhere else."""
    return secrets.associated_data("pv_registercontent", "content", row.id, row.product_id)


def open_content(actor: Actor, row: RegisterDocument) -> bytes:
    """The bytes of a document; each look is logged. NotFound once it was removed."""
    if row.removed_at is not None:
        raise NotFound()
    access.record(actor, "file.open", row.id, product=row.product_id)
    sealed = RegisterContent.objects.values_list("content_sealed", flat=True).get(document=row)
    return secrets.decrypt_bytes(sealed, place(row))
