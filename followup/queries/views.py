"""Views a person has kept."""

from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.models import SavedView


def mine(actor: Actor, page: str) -> list[SavedView]:
    """One's own views of a page, by name."""
    rows = scope.visible(actor, SavedView.objects.filter(page=page))
    return list(rows.order_by("name"))


def one(actor: Actor, view_id: UUID | str) -> SavedView:
    """One of one's own views; NotFound otherwise."""
    return scope.one(actor, SavedView.objects.all(), id=view_id)
