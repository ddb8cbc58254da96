"""Keys of people and files wrapped again under the newest installation key, some at a time."""

from collections.abc import Sequence
from uuid import UUID

from followup.actions import data_keys
from followup.actions.identity.encryption import COLUMNS
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.models import DataKey, Identity
from followup.queries import data_keys as keys
from followup.queries import identity as queries

BLOCK = 500


@action("identity.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor, *, patient_ids: Sequence[UUID]) -> int:
    """Wrap the keys of these people again; how many people. Unreadable stops the block.

    What was sealed before people had keys of their own is sealed under theirs. Blind indexes have
    a key of their own and stay; the version a correction was opened with fits.
    """
    changed = set(_wrapped_again(patient_ids))
    rows = Identity.objects.select_for_update(of=("self",)).filter(patient_id__in=patient_ids)
    for row in rows.order_by("patient_id"):
        old = [name for name in COLUMNS if not secrets.is_own(getattr(row, f"{name}_sealed"))]
        if not old:
            continue
        key = data_keys.ensure(row.patient_id, DataKey.Kind.PERSON, row.site_id)
        for name in old:
            place = secrets.associated_data("followup_identity", name, row.patient_id, row.site_id)
            setattr(
                row, f"{name}_sealed", secrets.encrypt(queries.decrypted(row, name), place, key)
            )
        row.save(update_fields=[f"{name}_sealed" for name in old])
        changed.add(row.patient_id)
    return len(changed)


def _wrapped_again(owners: Sequence[UUID]) -> list[UUID]:
    """Those whose key was not under the newest installation key yet."""
    rows = DataKey.objects.select_for_update().filter(owner__in=owners).order_by("owner")
    old = [row for row in rows if not secrets.is_newest(row.wrapped)]
    for row in old:
        key = keys.unwrapped(row.owner, row.wrapped)
        row.wrapped = data_keys.wrapped(row.owner, key or b"")
        row.save(update_fields=["wrapped"])
    return [row.owner for row in old]


def rotate_files(actor: Actor) -> int:
    """Wrap the keys of files again, in blocks that are stored separately; how many."""
    owners = list(DataKey.objects.filter(kind=DataKey.Kind.FILE).values_list("owner", flat=True))
    blocks = [owners[start : start + BLOCK] for start in range(0, len(owners), BLOCK)]
    return sum(_rotate_block(actor, owners=block) for block in blocks)


@action("file.rotate_keys", needs=Perm.SYSTEM)
def _rotate_block(actor: Actor, *, owners: Sequence[UUID]) -> int:
    """Wrap the keys of these files again; how many were under an older key."""
    return len(_wrapped_again(owners))
