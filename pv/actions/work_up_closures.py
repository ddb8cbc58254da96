"""What has to be done before a malignancy work-up is closed, or said in a signed reason."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.models import WorkUp
from pv.queries import work_up_tasks


def nothing_open(actor: Actor, work_up: WorkUp, reason: str, *, signed: bool) -> None:
    """Refused while a task is open, unless a signature gives the reason."""
    still = work_up_tasks.open_of(actor, work_up, today=clock.today())
    if not still:
        return
    if not signed:
        text = _(
            "%(n)s steps are open. Finish them, say which are not needed, or sign the closure "
            "and say why it is closed all the same."
        )
        raise Refused({"reason": text % {"n": len(still)}})
    if not reason.strip():
        raise Refused({"reason": _("Steps are open: say why the work-up is closed.")})
