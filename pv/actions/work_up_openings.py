"""A work-up opened by a person, where the hospital did not report a malignancy."""

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.workups import assess, locked
from pv.domain.malignancies import Level, Suspicion, WorkUpState
from pv.models import Case, WorkUp
from pv.models.states import MALIGNANCY_WORK_UP


@action("work_up.open_by_hand", needs=Perm.CASE_WRITE)
def open_by_hand(actor: Actor, case: Case, *, suspicion: str, reason: str) -> WorkUp:
    """Open the work-up of a case whose event its hospital did not report as a malignancy.

    So an enterocolitis that does not respond gets its work-up. Refused without an event of a
    hospital to take samples of, and where a work-up is open.
    """
    problems = {}
    if suspicion not in set(Suspicion) - {Suspicion.REPORTED_DIAGNOSIS}:
        problems["suspicion"] = _("Choose what raised the suspicion.")
    if not reason.strip():
        problems["reason"] = _("Say why.")
    if problems:
        raise Refused(problems)
    row = Case.objects.select_for_update().get(id=case.id)
    if WorkUp.objects.filter(case=row).exists():
        raise Refused(_("This case has a work-up already."))
    source = row.sources.filter(event__isnull=False).order_by("taken_at").first()
    if source is None or source.event is None or row.stage == Case.Stage.NULLIFIED:
        raise Refused(_("A work-up needs the event of a hospital: samples are taken of it."))
    now = clock.now()
    work_up = WorkUp.objects.create(
        case=row,
        event=source.event,
        product_id=source.event.product_id,
        site_id=source.event.site_id,
        state=MALIGNANCY_WORK_UP.start(WorkUpState.REPORTED),
        level=Level.SUSPECTED.value,
        evidence={"suspicions": [suspicion]},
        opened_at=now,
        updated_at=now,
    )
    assess(locked(work_up))
    work_up.refresh_from_db()
    return work_up
