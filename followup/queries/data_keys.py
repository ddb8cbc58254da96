"""Keys of single people and files, unwrapped; None once a key is destroyed."""

import base64
from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.problems import Refused
from followup.core.security import secrets
from followup.models import DataKey


def place(owner: object) -> bytes:
    """Where a wrapped key belongs: it opens for no other owner."""
    return secrets.associated_data("followup_datakey", "wrapped", owner, "")


def unwrapped(owner: object, wrapped: str | None) -> bytes | None:
    """The key of an owner, None without one."""
    return base64.b64decode(secrets.decrypt(wrapped, place(owner))) if wrapped else None


def key_of(owner: UUID) -> bytes | None:
    """The key of a patient or file whose row the actor has found; None once it is destroyed."""
    rows = DataKey.objects.filter(owner=owner)
    return unwrapped(owner, rows.values_list("wrapped", flat=True).first())


def wrapped_of(owners: Iterable[UUID]) -> dict[UUID, str]:
    """The keys of several files as they are stored; `unwrapped` opens one."""
    rows = DataKey.objects.filter(owner__in=list(owners))
    return dict(rows.values_list("owner", "wrapped"))


def keys_of(owners: Iterable[UUID]) -> dict[UUID, bytes]:
    """The keys of several files, by file; one that was destroyed is not among them."""
    found = ((owner, unwrapped(owner, text)) for owner, text in wrapped_of(owners).items())
    return {owner: key for owner, key in found if key is not None}


def file_content(file_id: UUID, sealed: str, associated: bytes) -> bytes:
    """The bytes of a kept file; Refused once its key was destroyed with a patient's identity."""
    return opened(sealed, associated, key_of(file_id))


def opened(sealed: str, associated: bytes, key: bytes | None) -> bytes:
    """The bytes of a kept file under its key; Refused once that was destroyed."""
    if key is None and secrets.is_own(sealed):
        raise Refused(
            _(
                "The content of this file was erased with the identity of a patient it named. "
                "What was recorded from it stays."
            )
        )
    return secrets.decrypt_bytes(sealed, associated, key)
