"""Keeping the filters of a page under a name, and letting one go."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import SavedView

MOST = 30


@action("view.save", needs=Perm.OWN_ACCOUNT)
def save(actor: Actor, *, page: str, name: str, query: str) -> SavedView:
    """Keep filters under a name; the same name of the same page takes the new ones."""
    if actor.id is None:
        raise Refused(_("A view needs a person who keeps it."))
    text = within(name, 60, "name")
    if not text:
        raise Refused({"name": _("Give the view a name.")})
    mine = SavedView.objects.filter(user_id=actor.id, page=page)
    if mine.exclude(name=text).count() >= MOST:
        raise Refused({"name": _("That is enough views: remove one first.")})
    row, _made = SavedView.objects.update_or_create(
        user_id=actor.id,
        page=page,
        name=text,
        defaults={"query": query[:400], "made_at": clock.now()},
    )
    return row


@action("view.remove", needs=Perm.OWN_ACCOUNT)
def remove(actor: Actor, row: SavedView) -> None:
    """Let a view go."""
    SavedView.objects.filter(id=row.id).delete()
