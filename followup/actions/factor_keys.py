"""Keys of authenticator apps sealed again under the newest identity key."""

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import SecondFactor
from followup.core.permissions import Perm
from followup.core.security import rotations, secrets
from followup.queries import second_factors as queries


@action("second_factor.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal what is not under the newest key again; a key that cannot be read is named."""
    rows = SecondFactor.objects.select_for_update().exclude(secret="").order_by("id")
    return rotations.each(rows, _renew)


def _renew(row: SecondFactor) -> bool:
    if secrets.is_newest(row.secret):
        return False
    key = secrets.decrypt(row.secret, queries.place(row))
    row.secret = secrets.encrypt(key, queries.place(row))
    row.save(update_fields=["secret"])
    return True
