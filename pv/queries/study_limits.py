"""The limit of a status of a study: as it was counted, by the rules in force then."""

from dataclasses import dataclass
from datetime import date

from followup.core.actor import Actor
from followup.domain.calendars import HolidayTable
from followup.queries import reference
from pv.domain.approvals.studies import StatusLimit, StudyRules, read_study_rules, status_limit
from pv.models import StudyStatus
from pv.queries import rules


@dataclass(frozen=True, slots=True)
class StatusRules:
    """The rules a status is counted by, their version, and the working days."""

    known: StudyRules
    version: str
    holidays: HolidayTable

    def limit(self, status: str, happened_on: date) -> StatusLimit | None:
        """The limit of a status that came on a day; None where nothing is owed."""
        return status_limit(self.known.statuses.get(status), happened_on, self.holidays)


def status_rules(actor: Actor, *, on: date, version: str = "") -> StatusRules:
    """The rules of a version, or those in force on a day."""
    item = rules.document_for("studies", version, on)
    known = rules.read_of(item, read_study_rules)
    return StatusRules(known, str(item.version), reference.holidays(actor))


def limit_of(actor: Actor, row: StudyStatus) -> StatusLimit | None:
    """The limit as it was counted; of a status no rule has counted yet, by those of its day."""
    if not row.rule_version:
        return status_rules(actor, on=row.happened_on).limit(row.status, row.happened_on)
    if row.due is None:
        return None
    return StatusLimit(row.due, row.due_predicted, frozenset(row.due_until))
