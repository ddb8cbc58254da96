"""The cause of a late report and the action against its coming again."""

from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.models import LateReport, ReportClock
from pv.queries import compliance

CAUSES = LateReport.Cause.choices


@action("late_report.explain", needs=Perm.CASE_WRITE)
def explain(
    actor: Actor,
    clock: ReportClock,
    *,
    cause: str,
    explanation: str,
    corrective_action: str,
    version: int,
    action_due: date | None = None,
    action_done: date | None = None,
) -> LateReport:
    """Keep why a report was late and what is done about it; `version` 0 where nothing is kept.

    Conflict when somebody saved since. NotFound for a clock that was met in time.
    """
    locked = ReportClock.objects.select_for_update().get(id=clock.id)
    row = compliance.late_clock(actor, locked.id, today=time.today())
    problems = {}
    if cause not in LateReport.Cause.values:
        problems["cause"] = _("Choose the cause.")
    for name, text in (("explanation", explanation), ("corrective_action", corrective_action)):
        if not text.strip():
            problems[name] = _("Enter it: an inspector asks for it first.")
    if action_done is not None and not row.due <= action_done <= time.today():
        problems["action_done"] = _("Between the day the report was due and today.")
    if problems:
        raise Refused(problems)
    kept = LateReport.objects.select_for_update().filter(clock=row).first()
    mine = {
        "cause": cause,
        "explanation": within(explanation, 1000, "explanation"),
        "corrective_action": within(corrective_action, 1000, "corrective_action"),
        "action_due": action_due,
        "action_done": action_done,
    }
    if kept is not None:
        versions.must_be(kept, version, mine=mine)
    kept = kept or LateReport(clock=row, product_id=row.product_id, site_id=row.site_id, version=0)
    for name, value in mine.items():
        setattr(kept, name, value)
    kept.version += 1
    kept.recorded_by_id, kept.recorded_at = actor.id, time.now()
    kept.save()
    return kept
