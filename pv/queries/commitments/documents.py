"""The documents of every commitment as a table of a file."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from pv.models import Commitment
from pv.queries import register_documents


def document_heading() -> tuple[str, ...]:
    """Heads of `document_table`."""
    return (
        pgettext("column", "Product"),
        _("Commitment"),
        _("Document"),
        _("File"),
        "SHA-256",
        pgettext("file", "Added"),
        pgettext("file", "Added by"),
        _("Removed at"),
        _("Why it is removed"),
    )


def document_table(actor: Actor) -> Iterator[tuple[str, ...]]:
    """The documents of the actor's commitments, the oldest first; removed ones among them."""
    rows = scope.visible(actor, Commitment.objects.select_related("product"))
    held = {row.pk: row for row in rows}
    for each in register_documents.of_register(actor, register_documents.Register.COMMITMENT):
        row = held[each.record]
        removed = each.removed_at.astimezone(clock.SHANGHAI) if each.removed_at else None
        yield (
            localized_name(row.product),
            row.title,
            each.title,
            each.name,
            each.sha256,
            f"{each.added_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
            each.added_by.display_name,
            f"{removed:%Y-%m-%d %H:%M}" if removed else "",
            each.removed_because,
        )
