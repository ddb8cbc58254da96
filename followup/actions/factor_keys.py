"""Keys of authenticator apps sealed again under the newest identity key."""

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import SecondFactor
from followup.core.permissions import Perm
from followup.core.security import rotations
from followup.queries import second_factors as queries


@action("second_factor.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal what is not under the newest key again; a key that cannot be read is named."""
    rows = SecondFactor.objects.select_for_update().exclude(secret="").order_by("id")
    return rotations.column(rows, "secret", queries.place)
