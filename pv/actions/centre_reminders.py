"""A holder reminds a centre of its follow-up; the people there are told once."""

from datetime import datetime, time

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product, Site
from pv.actions import confirmations
from pv.models import CentreReminder
from pv.models.centre_reminders import LONGEST_REMINDER
from pv.queries import centre_reminders

__all__ = ["LONGEST_REMINDER", "remind"]


@action("centre.remind", needs=Perm.REPORT_WRITE)
def remind(actor: Actor, product: Product, site: Site, *, text: str) -> CentreReminder:
    """Remind the people of a centre with patients of the product; once a day at most."""
    said = text.strip()
    if not said:
        raise Refused({"text": _("Write what the centre is asked to do.")})
    if len(said) > LONGEST_REMINDER:
        raise Refused({"text": _("At most %(most)s characters.") % {"most": LONGEST_REMINDER}})
    if not centre_reminders.follows(actor, product, site):
        raise Refused(_("The centre follows no patient of this product."))
    Site.objects.select_for_update(of=("self",)).get(id=site.id)
    begun = datetime.combine(clock.today(), time(), clock.SHANGHAI)
    if CentreReminder.objects.filter(product=product, site=site, sent_at__gte=begun).exists():
        raise Refused(_("The centre was reminded today already."))
    return CentreReminder.objects.create(
        product=product,
        site=site,
        text=said,
        sent_by_id=confirmations.person(actor),
        sent_at=clock.now(),
    )
