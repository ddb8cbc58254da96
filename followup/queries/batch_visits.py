"""Which planned visit a row of a batch means; where that is not sure, the row is refused."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import gettext as _

from followup.core.problems import Refused
from followup.domain.cohorts import fold
from followup.domain.visits import RECORDABLE, VisitState
from followup.models import Patient, PlannedVisit
from followup.queries import cohorts


def meant(patient: Patient, code: str, on: date, *, outside: bool) -> PlannedVisit | None:
    """The visit a row names, or the open one whose window holds its day.

    For a day outside the window of the visit it names the row has to say which it is.
    """
    plan = cohorts.planned(patient.id)
    if code:
        visit = named(plan, code, on, outside=outside)
        if not (outside or visit.window_start <= on <= visit.due):
            text = _(
                "The day lies outside the window of %(code)s (%(start)s to %(end)s): say that it "
                "counts for the visit, or leave the visit empty for an unscheduled contact."
            )
            start, end = visit.window_start.isoformat(), visit.due.isoformat()
            raise Refused(text % {"code": visit.code, "start": start, "end": end})
        return visit
    held = recordable(plan, on)
    if held and held[0].state == VisitState.MISSED:
        text = _(
            "The day lies in the window of %(code)s, which counts as missed: name the visit if "
            "this contact was meant for it."
        )
        raise Refused(text % {"code": held[0].code})
    return held[0] if held else None


def recordable(rows: Iterable[PlannedVisit], on: date) -> list[PlannedVisit]:
    """Visits whose window holds the day and that a contact may be recorded for, open ones first."""
    held = [r for r in rows if r.window_start <= on <= r.due and r.state in RECORDABLE]
    return sorted(held, key=lambda r: r.state != VisitState.PLANNED)


def named(plan: Sequence[PlannedVisit], code: str, on: date, *, outside: bool) -> PlannedVisit:
    """The visit of this code; each infusion has one, so the day and what is open tell which."""
    rows = [row for row in plan if fold(row.code) == fold(code)]
    if not rows:
        raise Refused(_("The plan has no visit %(code)s.") % {"code": code})
    rows = [row for row in rows if row.state != VisitState.CANCELLED]
    if not rows:
        raise Refused(_("The visit %(code)s was cancelled.") % {"code": code})
    held = recordable(rows, on)
    meant = held or [row for row in rows if row.state == VisitState.PLANNED] or rows
    if len(meant) > 1 and (held or outside):
        text = _(
            "More than one infusion has a visit %(code)s that may be meant: record this contact on"
            " the page of the patient."
        )
        raise Refused(text % {"code": rows[0].code})
    return meant[0]
