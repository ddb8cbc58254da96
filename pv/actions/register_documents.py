"""Documents are added to an entry of a register with their hash, and removed with a reason."""

from typing import Any

from django.utils.translation import gettext as _

from followup.actions.files import intake
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import rotations, secrets
from followup.domain.files import stored_name
from pv.actions import confirmations
from pv.models import RegisterContent, RegisterDocument
from pv.queries import register_documents


@action("register_document.add", needs=Perm.REPORT_WRITE)
def add(actor: Actor, record: Any, *, title: str, name: str, content: bytes) -> RegisterDocument:
    """Keep a document beside an entry, as what its content says it is.

    Refused: what is no PDF, JPEG or PNG, a PDF that acts, malware, the same document twice.
    """
    person = confirmations.person(actor)
    if not title.strip():
        raise Refused({"title": _("Say what the document is.")})
    sent = intake.checked(content)
    register = register_documents.register_of(record)
    same = RegisterDocument.objects.filter(
        register=register, record=record.pk, sent_sha256=sent.sent_sha256, removed_at=None
    )
    if known := same.first():
        text = _("This document is attached already: %(title)s.")
        raise Refused({"file": text % {"title": known.title}})
    row = RegisterDocument.objects.create(
        product_id=record.product_id,
        register=register,
        record=record.pk,
        title=within(title, 120, "title"),
        name=stored_name(name, sent.kind),
        **sent.facts,
        added_by_id=person,
        added_at=clock.now(),
    )
    RegisterContent.objects.create(
        document=row,
        product_id=record.product_id,
        content_sealed=secrets.encrypt_bytes(sent.kept.content, register_documents.place(row)),
    )
    return row


@action("register_document.remove", needs=Perm.REPORT_WRITE)
def remove(actor: Actor, document: RegisterDocument, *, reason: str) -> RegisterDocument:
    """Say that a document does not belong here; it stays listed as removed and opens no more."""
    row = RegisterDocument.objects.select_for_update(of=("self",)).get(id=document.id)
    if row.removed_at is not None:
        raise Refused(_("This document is removed already."))
    if not reason.strip():
        raise Refused({"reason": _("Say why the document is removed.")})
    row.removed_at, row.removed_by_id = clock.now(), confirmations.person(actor)
    row.removed_because = within(reason, 500)
    row.save(update_fields=["removed_at", "removed_by", "removed_because"])
    return row


def written_once(actor: Actor) -> rotations.Rotated:
    """Documents of registers are written once: how many need an older key."""
    return rotations.written_once(RegisterContent.objects.all(), "content_sealed")
