"""Keys of people and files wrapped again under the newest installation key, some at a time."""

from collections.abc import Sequence
from uuid import UUID

from followup.actions import data_keys
from followup.actions.identity.encryption import COLUMNS
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.security import rotations, secrets
from followup.core.security.rotations import Rotated
from followup.models import DataKey, Identity, ReleasedContent
from followup.queries import data_keys as keys
from followup.queries import identity as queries

BLOCK = 500


@action("identity.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor, *, patient_ids: Sequence[UUID]) -> Rotated:
    """Wrap the keys of these people again; a person whose key or identity is unreadable is named.

    What was sealed before people had keys of their own is sealed under theirs. Blind indexes have
    a key of their own and stay; the version a correction was opened with fits.
    """
    changed = set[UUID]()
    done = rotations.each(_keys_of(patient_ids), lambda row: _wrapped_again(row, changed))
    rows = Identity.objects.select_for_update(of=("self",)).filter(patient_id__in=patient_ids)
    sealed = rotations.each(rows.order_by("patient_id"), lambda row: _sealed_again(row, changed))
    return Rotated(len(changed), done.unreadable + sealed.unreadable)


def _keys_of(owners: Sequence[UUID]) -> list[DataKey]:
    return list(DataKey.objects.select_for_update().filter(owner__in=owners).order_by("owner"))


def _wrapped_again(row: DataKey, changed: set[UUID]) -> bool:
    if secrets.is_newest(row.wrapped):
        return False
    key = keys.unwrapped(row.owner, row.wrapped)
    row.wrapped = data_keys.wrapped(row.owner, key or b"")
    row.save(update_fields=["wrapped"])
    changed.add(row.owner)
    return True


def _sealed_again(row: Identity, changed: set[UUID]) -> bool:
    old = [name for name in COLUMNS if not secrets.is_own(getattr(row, f"{name}_sealed"))]
    if not old:
        return False
    plain = {name: queries.decrypted(row, name) for name in old}
    key = data_keys.ensure(row.patient_id, DataKey.Kind.PERSON, row.site_id)
    for name, text in plain.items():
        place = secrets.associated_data("followup_identity", name, row.patient_id, row.site_id)
        setattr(row, f"{name}_sealed", secrets.encrypt(text, place, key))
    row.save(update_fields=[f"{name}_sealed" for name in old])
    changed.add(row.patient_id)
    return True


def rotate_files(actor: Actor) -> Rotated:
    """Wrap the keys of files again, in blocks that are stored separately."""
    owners = list(DataKey.objects.filter(kind=DataKey.Kind.FILE).values_list("owner", flat=True))
    blocks = [owners[start : start + BLOCK] for start in range(0, len(owners), BLOCK)]
    return sum((_rotate_block(actor, owners=block) for block in blocks), Rotated())


@action("file.rotate_keys", needs=Perm.SYSTEM)
def _rotate_block(actor: Actor, *, owners: Sequence[UUID]) -> Rotated:
    """Wrap the keys of these files again; a file whose key is unreadable is named."""
    changed = set[UUID]()
    return rotations.each(_keys_of(owners), lambda row: _wrapped_again(row, changed))


def released_files(actor: Actor) -> Rotated:
    """Files released to safety are written once: how many need an older key."""
    return rotations.written_once(ReleasedContent.objects.all(), "content_sealed")
