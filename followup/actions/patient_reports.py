"""Answers of a patient whose contact was taken off the record."""

from followup.core.action import part
from followup.domain.questionnaires import ReportEvent
from followup.models import PatientReport, Visit
from followup.models.states import PATIENT_REPORT


@part
def contact_undone(visit: Visit) -> None:
    """The answers the contact was made of wait for a person again; the trail keeps the review."""
    row = PatientReport.objects.select_for_update(of=("self",)).filter(visit=visit).first()
    if row is None:
        return
    PATIENT_REPORT.move(row, ReportEvent.CONTACT_UNDONE)
    row.visit, row.reviewed_by, row.reviewed_at, row.review_note = None, None, None, ""
    row.version += 1
    row.save()
