"""Reviews of the trail of a period: who has read it, up to which number, and what was seen."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import TrailReview
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import accounts, seals, trail


@action("trail.review", needs=Perm.AUDIT_REVIEW)
def record(
    actor: Actor, *, since: date, until: date, site: UUID | None = None, remarks: str = ""
) -> TrailReview:
    """Keep a review, bound to the head of the chain; `site` None is every site.

    What is kept is never changed; it is signed as it stands. Refused names the field.
    """
    if until < since:
        raise Refused({"until": _("The period ends before it begins.")})
    if until > clock.today():
        raise Refused({"until": _("The period cannot end later than today.")})
    grants = list(actor.granting(Perm.AUDIT_REVIEW))
    if site is None and not any(g.all_sites for g in grants):
        raise Refused({"site": _("Choose the site whose trail you have reviewed.")})
    if site is not None:
        actor.require(Perm.AUDIT_REVIEW, site=site)
    head = seals.head()
    changes = trail.count_of_period(actor, since=since, until=until, site=site)
    if actor.id is None:
        raise Refused({"": _("Only a person reviews.")})
    return TrailReview.objects.create(
        since=since,
        until=until,
        site_id=site,
        seq=head.seq,
        chain=head.chain,
        changes=changes,
        remarks=remarks,
        reviewer_id=actor.id,
        reviewer_name=accounts.display_name(actor),
        reviewed_at=clock.now(),
    )
