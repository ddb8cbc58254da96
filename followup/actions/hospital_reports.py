"""The hospital notes its own report of an event to the national system, or retracts a note.

A report is made in that system, by a person; what is kept here is its day and its number, so that
the hospital's own duty (MoH Order 81 art. 21) is seen to be met. No clock of the holder moves.
"""

from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import AdverseEvent, HospitalReport


@action("event.note_hospital_report", needs=Perm.EVENT_WRITE)
def note(actor: Actor, event: AdverseEvent, *, reported_on: date, number: str) -> HospitalReport:
    """Keep the day and the number of a report.

    Refused for a day to come or before the hospital learned of the event, without a number, for a
    number noted already, and for a withdrawn event.
    """
    held = AdverseEvent.objects.select_for_update(of=("self",)).get(id=event.id)
    if held.withdrawn_at:
        raise Refused(_("This event is withdrawn."))
    problems = {}
    if reported_on > clock.today():
        problems["reported_on"] = _("The day lies in the future.")
    elif reported_on < held.aware_on:
        text = _("The hospital learned of this event on %(day)s.")
        problems["reported_on"] = text % {"day": held.aware_on}
    number = number.strip()
    if not number:
        problems["number"] = _("Enter the number the system gave the report.")
    elif held.hospital_reports.filter(number=number, retracted_at__isnull=True).exists():
        problems["number"] = _("This report is noted already.")
    if problems:
        raise Refused(problems)
    return HospitalReport.objects.create(
        event=held,
        patient_id=held.patient_id,
        site_id=held.site_id,
        product_id=held.product_id,
        reported_on=reported_on,
        number=number,
        noted_by_id=actor.id,
        noted_at=clock.now(),
    )


@action("event.retract_hospital_report", needs=Perm.EVENT_WRITE)
def retract(actor: Actor, row: HospitalReport, *, reason: str) -> HospitalReport:
    """Say that a report was noted by mistake: the duty is open again. Refused the second time."""
    held = HospitalReport.objects.select_for_update(of=("self",)).get(id=row.id)
    if held.retracted_at:
        raise Refused(_("This was retracted already."))
    if not reason.strip():
        raise Refused({"reason": _("Say why it is retracted.")})
    held.retracted_at, held.retracted_by_id = clock.now(), actor.id
    held.retracted_because = within(reason, 500)
    held.save(update_fields=["retracted_at", "retracted_by", "retracted_because"])
    return held
