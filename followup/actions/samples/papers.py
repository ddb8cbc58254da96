"""Papers of samples: who printed which label or custody certificate."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.core.security import access
from followup.models import Kit, Sample
from followup.queries import samples

MOST = 100


@action("sample.print_labels", needs=Perm.SAMPLE_WRITE)
def print_labels(actor: Actor, ids: Sequence[UUID]) -> list[Sample]:
    """The samples whose labels are printed now, each noted in the log of accesses.

    NotFound when one of them is not there or outside the scope: a sheet with a label too few
    would be noticed only at the freezer.
    """
    wanted = list(dict.fromkeys(ids))
    if not 1 <= len(wanted) <= MOST:
        raise Refused(_("Choose between 1 and %(n)s samples.") % {"n": MOST})
    rows = samples.many(actor, wanted, Perm.SAMPLE_WRITE)
    if len(rows) != len(wanted):
        raise NotFound()
    for row in rows:
        access.record(actor, "sample.label", row.number, site=row.site_id, product=row.product_id)
    return rows


@action("sample.print_certificate", needs=Perm.SAMPLE_READ)
def print_certificate(actor: Actor, sample: Sample) -> Sample:
    """The sample whose custody certificate is printed now, noted in the log of accesses."""
    access.record(
        actor,
        "sample.certificate",
        sample.number,
        site=sample.site_id,
        product=sample.product_id,
    )
    return sample


@action("kit.print_label", needs=Perm.SAMPLE_WRITE)
def print_kit_label(actor: Actor, kit: Kit) -> Kit:
    """The kit whose label is printed now, noted in the log of accesses."""
    access.record(actor, "kit.label", kit.number, site=kit.site_id)
    return kit
