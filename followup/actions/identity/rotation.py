"""Identities sealed again under the newest key, some people at a time."""

from collections.abc import Sequence
from uuid import UUID

from followup.actions.identity.encryption import COLUMNS
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.models import Identity
from followup.queries import identity as queries


@action("identity.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor, *, patient_ids: Sequence[UUID]) -> int:
    """Seal what is not under the newest key again; how many people. Unreadable stops the block.

    Blind indexes have a key of their own and stay; the version a correction was opened with fits.
    """
    rows = Identity.objects.select_for_update(of=("self",)).filter(patient_id__in=patient_ids)
    changed = 0
    for row in rows.order_by("patient_id"):
        old = [name for name in COLUMNS if not secrets.is_newest(getattr(row, f"{name}_sealed"))]
        for name in old:
            place = secrets.associated_data("followup_identity", name, row.patient_id, row.site_id)
            setattr(row, f"{name}_sealed", secrets.encrypt(queries.decrypted(row, name), place))
        if old:
            row.save(update_fields=[f"{name}_sealed" for name in old])
            changed += 1
    return changed
