"""What was said of a commitment."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from pv.models import Commitment, CommitmentComment


def _rows(actor: Actor) -> QuerySet[CommitmentComment]:
    rows = CommitmentComment.objects.select_related("written_by", "commitment")
    return scope.visible(actor, rows)


def comments(actor: Actor, row: Commitment) -> list[CommitmentComment]:
    """The comments on a commitment, the newest first; withdrawn ones among them."""
    return list(_rows(actor).filter(commitment=row).order_by("-written_at", "-id"))


def comment(actor: Actor, comment_id: UUID | str) -> CommitmentComment:
    """One comment; NotFound otherwise."""
    return scope.one(actor, _rows(actor), id=comment_id)


def all_comments(actor: Actor, product_id: UUID | None = None) -> list[CommitmentComment]:
    """The comments on every commitment the actor reads, or those of a product; oldest first."""
    rows = _rows(actor).select_related("commitment__product")
    if product_id is not None:
        rows = rows.filter(product_id=product_id)
    return list(rows.order_by("written_at", "id"))


def comment_heading() -> tuple[str, ...]:
    """Heads of `comment_cells`."""
    return (
        pgettext("column", "Product"),
        _("Commitment"),
        _("Written at"),
        _("Written by"),
        _("Comment"),
        _("Withdrawn at"),
        _("Why it was withdrawn"),
    )


def comment_cells(row: CommitmentComment) -> Sequence[str]:
    """A comment as one row of a table."""
    return (
        localized_name(row.commitment.product),
        row.commitment.title,
        f"{row.written_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        row.written_by.display_name,
        row.text,
        f"{row.withdrawn_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if row.withdrawn_at else "",
        row.withdrawn_because,
    )
