"""Keys of single people and files: made at the first value, destroyed with an erasure."""

import base64
from collections.abc import Iterable
from uuid import UUID

from followup.core import advisory_locks, clock
from followup.core.action import part
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.models import DataKey, Identity
from followup.queries import data_keys as queries
from followup.queries import identity

_FILES = "files of a hospital"


def wrapped(owner: UUID, key: bytes) -> str:
    """A key as it is stored: sealed to its owner under the newest installation key."""
    return secrets.encrypt(base64.b64encode(key).decode(), queries.place(owner))


def fresh(owner: UUID, kind: DataKey.Kind, site: UUID) -> tuple[DataKey, bytes]:
    """A new key that is not stored yet, and its row."""
    key = secrets.new_key()
    row = DataKey(
        owner=owner, kind=kind, site_id=site, wrapped=wrapped(owner, key), made_at=clock.now()
    )
    return row, key


@part
def ensure(owner: UUID, kind: DataKey.Kind, site: UUID) -> bytes:
    """The key of an owner, made if there is none; Refused once the identity was erased."""
    erased = Identity.objects.filter(patient_id=owner, erased_on__isnull=False).first()
    if erased is not None and erased.erased_on:
        raise Refused(identity.erased_text(erased.erased_on))
    known = queries.key_of(owner)
    if known is not None:
        return known
    row, key = fresh(owner, kind, site)
    row.save(force_insert=True)
    return key


@part
def arriving(site: UUID) -> None:
    """Before a file is stored that may name patients: it waits while an erasure ends here."""
    advisory_locks.share(_FILES, str(site))


@part
def hold_arrivals(site: UUID) -> None:
    """Until this action ends no file arrives at a hospital; those on their way are stored first."""
    advisory_locks.wait_for(_FILES, str(site))


@part
def destroy(owners: Iterable[UUID]) -> int:
    """Make unreadable whatever these keys sealed, wherever a copy is; how many keys there were."""
    return DataKey.objects.filter(owner__in=list(owners)).delete()[0]
