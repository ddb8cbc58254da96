"""Keeping the filters and columns of a report under a name, sharing them, letting one go."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product, SavedReport, Site

MOST = 30


@action("report.save", needs=Perm.REFERENCE_READ)
def save(
    actor: Actor,
    subject: Site | Product,
    *,
    kind: str,
    name: str,
    query: str,
    shared: bool,
) -> SavedReport:
    """Keep a report under a name; the same name takes the new filters. Refused names the field."""
    if actor.id is None:
        raise Refused(_("A report needs a person who keeps it."))
    text = within(name, 60, "name")
    if not text:
        raise Refused({"name": _("Give the report a name.")})
    if len(query) > 4000:
        raise Refused(_("Too many columns to be kept under a name."))
    mine = SavedReport.objects.filter(saved_by_id=actor.id, kind=kind)
    if mine.exclude(name=text).count() >= MOST:
        raise Refused({"name": _("That is enough reports: remove one first.")})
    of_site = isinstance(subject, Site)
    row, _made = SavedReport.objects.update_or_create(
        saved_by_id=actor.id,
        kind=kind,
        name=text,
        defaults={
            "query": query,
            "shared": shared,
            "site_id": subject.id if of_site else None,
            "product_id": None if of_site else subject.id,
            "saved_at": clock.now(),
        },
    )
    return row


@action("report.remove", needs=Perm.REFERENCE_READ)
def remove(actor: Actor, row: SavedReport) -> None:
    """Let one of one's own reports go."""
    SavedReport.objects.filter(id=row.id, saved_by_id=actor.id).delete()
