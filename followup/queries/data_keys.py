"""Keys of single people and files, unwrapped; None once a key is destroyed."""

import base64
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.problems import Refused
from followup.core.security import secrets
from followup.models import DataKey


def place(owner: UUID) -> bytes:
    """Where a wrapped key belongs: it opens for no other owner."""
    return secrets.associated_data("followup_datakey", "wrapped", owner, "")


def unwrapped(owner: UUID, wrapped: str | None) -> bytes | None:
    """The key of an owner, None without one."""
    return base64.b64decode(secrets.decrypt(wrapped, place(owner))) if wrapped else None


def key_of(owner: UUID) -> bytes | None:
    """The key of a patient or file whose row the actor has found; None once it is destroyed."""
    rows = DataKey.objects.filter(owner=owner)
    return unwrapped(owner, rows.values_list("wrapped", flat=True).first())


def file_content(file_id: UUID, sealed: str, associated: bytes) -> bytes:
    """The bytes of a kept file; Refused once its key was destroyed with a patient's identity."""
    key = key_of(file_id)
    if key is None and secrets.is_own(sealed):
        raise Refused(
            _(
                "The content of this file was erased with the identity of a patient it named. "
                "What was recorded from it stays."
            )
        )
    return secrets.decrypt_bytes(sealed, associated, key)
