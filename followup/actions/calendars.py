"""One's own calendar feed: a URL that can be read and revoked."""

import secrets

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.queries import calendars


def _keep(actor: Actor, digest: str | None) -> None:
    if actor.id is None:
        raise Denied(Perm.OWN_ACCOUNT)
    user = User.objects.select_for_update().get(id=actor.id)
    user.calendar_token = digest
    user.save(update_fields=["calendar_token"])


@action("calendar.open", needs=Perm.OWN_ACCOUNT)
def open_feed(actor: Actor) -> str:
    """Make a new address for one's own calendar; the one before ends. Returns its token, once.

    192 random bits, of which only a hash is kept: who reads the database cannot read calendars.
    """
    token = secrets.token_urlsafe(24)
    _keep(actor, calendars.digest(token))
    return token


@action("calendar.close", needs=Perm.OWN_ACCOUNT)
def close_feed(actor: Actor) -> None:
    """End the URL of one's own calendar."""
    _keep(actor, None)
