"""Guards of the commitment machine: facts in, reasons against out.

The product's own rule, after domain 5.1 (domain 5.3).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from followup.domain.dates import PartialDate
from pv.domain.approvals.deadlines import LimitRule, legal_end


class Code(StrEnum):
    """Why an event is refused."""

    NO_SUCH_TRANSITION = "NO_SUCH_TRANSITION"
    DOCUMENT_MISSING = "DOCUMENT_MISSING"
    APPROVAL_DATE_MISSING = "APPROVAL_DATE_MISSING"
    DEADLINE_MISSING = "DEADLINE_MISSING"
    DEADLINE_BEFORE_APPROVAL = "DEADLINE_BEFORE_APPROVAL"
    DEADLINE_BEYOND_CAP = "DEADLINE_BEYOND_CAP"
    DATE_MISSING = "DATE_MISSING"
    DATE_IN_FUTURE = "DATE_IN_FUTURE"
    NOTHING_LATE = "NOTHING_LATE"
    STILL_LATE = "STILL_LATE"
    FORECAST_MISSING = "FORECAST_MISSING"
    DEADLINE_IS_PAST = "DEADLINE_IS_PAST"
    DEADLINE_NOT_PAST = "DEADLINE_NOT_PAST"
    REASON_MISSING = "REASON_MISSING"
    NEW_DEADLINE_MISSING = "NEW_DEADLINE_MISSING"
    NEW_DEADLINE_NOT_LATER = "NEW_DEADLINE_NOT_LATER"
    ACCEPTANCE_NUMBER_MISSING = "ACCEPTANCE_NUMBER_MISSING"
    ALREADY_SUBMITTED = "ALREADY_SUBMITTED"
    REQUEST_NOT_IN_TIME = "REQUEST_NOT_IN_TIME"
    SUBMISSION_MISSING = "SUBMISSION_MISSING"
    RECORDED_ALREADY = "RECORDED_ALREADY"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the guards may ask. Dates are local days; None means not recorded.

    `deadline` is the one in force (or, at certificate issue, the one to set); `happened_on` the
    day of the event itself; `late_milestones` the codes of milestones now late.
    """

    today: date
    limit: LimitRule
    approval: PartialDate | date | None = None
    deadline: date | None = None
    new_deadline: date | None = None
    override_reason: str = ""
    forecast: date | None = None
    late_milestones: tuple[str, ...] = ()
    happened_on: date | None = None
    document: str = ""
    acceptance_number: str = ""
    reason: str = ""
    submitted_on: date | None = None
    extension_requested_on: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against an event, with the values a page shows beside it."""

    code: Code
    values: Mapping[str, str]


def _refuse(code: Code, **values: object) -> list[Refusal]:
    return [Refusal(code, {name: str(value) for name, value in values.items()})]


def _document(facts: Facts) -> list[Refusal]:
    return [] if facts.document.strip() else _refuse(Code.DOCUMENT_MISSING)


def _reason(facts: Facts) -> list[Refusal]:
    return [] if facts.reason.strip() else _refuse(Code.REASON_MISSING)


def _acceptance_number(facts: Facts) -> list[Refusal]:
    return [] if facts.acceptance_number.strip() else _refuse(Code.ACCEPTANCE_NUMBER_MISSING)


def _approval_date(facts: Facts) -> list[Refusal]:
    return _refuse(Code.APPROVAL_DATE_MISSING) if facts.approval is None else []


def _actual_date(facts: Facts) -> list[Refusal]:
    if facts.happened_on is None:
        return _refuse(Code.DATE_MISSING)
    if facts.happened_on > facts.today:
        return _refuse(Code.DATE_IN_FUTURE, date=facts.happened_on)
    return []


def _deadline_within_cap(facts: Facts) -> list[Refusal]:
    """Within the legal limit, held to the earliest day a partial approval allows, or explained."""
    if facts.deadline is None:
        return _refuse(Code.DEADLINE_MISSING)
    if facts.approval is None:
        return []  # the guard on the approval date speaks
    approval = facts.approval
    first = approval if isinstance(approval, date) else approval.earliest
    if facts.deadline < first:
        return _refuse(Code.DEADLINE_BEFORE_APPROVAL, deadline=facts.deadline, approval=approval)
    latest = legal_end(approval, facts.limit).earliest
    if facts.deadline > latest and not facts.override_reason.strip():
        return _refuse(
            Code.DEADLINE_BEYOND_CAP,
            deadline=facts.deadline,
            latest=latest,
            months=facts.limit.max_months,
            citation=facts.limit.citation,
        )
    return []


def _forecast_late(facts: Facts) -> bool:
    if facts.forecast is None or facts.deadline is None:
        return False
    return facts.forecast > facts.deadline


def _late_or_forecast_late(facts: Facts) -> list[Refusal]:
    if facts.late_milestones or _forecast_late(facts):
        return []
    return _refuse(Code.NOTHING_LATE, forecast=facts.forecast, deadline=facts.deadline)


def _on_time_again(facts: Facts) -> list[Refusal]:
    if facts.late_milestones or _forecast_late(facts):
        late = ", ".join(facts.late_milestones)
        return _refuse(Code.STILL_LATE, milestones=late, forecast=facts.forecast)
    return _refuse(Code.FORECAST_MISSING) if facts.forecast is None else []


def _before_deadline(facts: Facts) -> list[Refusal]:
    if facts.deadline is None:
        return _refuse(Code.DEADLINE_MISSING)
    if facts.today > facts.deadline:
        return _refuse(Code.DEADLINE_IS_PAST, deadline=facts.deadline)
    return []


def _deadline_passed(facts: Facts) -> list[Refusal]:
    if facts.deadline is None:
        return _refuse(Code.DEADLINE_MISSING)
    if facts.today <= facts.deadline:
        return _refuse(Code.DEADLINE_NOT_PAST, deadline=facts.deadline)
    return []


def _not_submitted(facts: Facts) -> list[Refusal]:
    if facts.submitted_on is None:
        return []
    return _refuse(Code.ALREADY_SUBMITTED, submitted_on=facts.submitted_on)


def _new_deadline(facts: Facts) -> list[Refusal]:
    if facts.new_deadline is None:
        return _refuse(Code.NEW_DEADLINE_MISSING)
    if facts.deadline is not None and facts.new_deadline <= facts.deadline:
        return _refuse(Code.NEW_DEADLINE_NOT_LATER, new=facts.new_deadline, deadline=facts.deadline)
    return []


def _requested_in_time(facts: Facts) -> list[Refusal]:
    asked, deadline = facts.extension_requested_on, facts.deadline
    if asked is not None and deadline is not None and asked <= deadline:
        return []
    return _refuse(Code.REQUEST_NOT_IN_TIME, requested_on=asked, deadline=deadline)


GUARDS: Mapping[str, Callable[[Facts], list[Refusal]]] = {
    "document": _document,
    "reason": _reason,
    "acceptance_number": _acceptance_number,
    "approval_date": _approval_date,
    "actual_date": _actual_date,
    "deadline_within_cap": _deadline_within_cap,
    "late_or_forecast_late": _late_or_forecast_late,
    "on_time_again": _on_time_again,
    "before_deadline": _before_deadline,
    "deadline_passed": _deadline_passed,
    "not_submitted": _not_submitted,
    "new_deadline": _new_deadline,
    "requested_in_time": _requested_in_time,
}
