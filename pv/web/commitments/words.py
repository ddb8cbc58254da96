"""The words of commitments: colours, groups, events, slips, lacks, in the reader's language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from pv.domain.approvals import (
    Colour,
    CommitmentEvent,
    CommitmentState,
    Definition,
    MilestoneStatus,
    Why,
)
from pv.domain.forecasts import Lack, Scenario
from pv.queries.commitments import CommitmentGroup, CommitmentStatus, MilestoneLine, Rulebook, text

Tag = tuple[str, str]

GROUPS: tuple[tuple[CommitmentGroup, str, str | Promise], ...] = (
    (CommitmentGroup.RISK, "overdue", pgettext_lazy("commitment", "At risk")),
    (CommitmentGroup.UPDATE, "due", pgettext_lazy("commitment", "To update")),
    (CommitmentGroup.GOOD, "ok", pgettext_lazy("commitment", "On course")),
    (CommitmentGroup.CLOSED, "plain", pgettext_lazy("commitment", "Closed")),
)
_MARKS = {Colour.RED: "risk", Colour.AMBER: "due", Colour.GREEN: "done", Colour.UNKNOWN: "query"}
_WHY: dict[Why, str | Promise] = {
    Why.SUBMITTED_IN_TIME: gettext_lazy("Submitted in time"),
    Why.SUBMITTED_LATE: gettext_lazy("Submitted late"),
    Why.DEADLINE_PASSED: gettext_lazy("Statutory deadline has passed"),
    Why.NO_DEADLINE: gettext_lazy("No statutory deadline"),
    Why.NO_FORECAST: gettext_lazy("No forecast"),
    Why.P50_LATE: gettext_lazy("Forecast misses the statutory deadline"),
    Why.P80_LATE: gettext_lazy("P80 misses the statutory deadline"),
    Why.ON_TIME: gettext_lazy("On course"),
}
_AT_RISK = gettext_lazy("At risk: a milestone is late")
_MILESTONES: dict[MilestoneStatus, tuple[str, str | Promise]] = {
    MilestoneStatus.DONE: ("done", pgettext_lazy("milestone", "Done")),
    MilestoneStatus.DONE_LATE: ("done", pgettext_lazy("milestone", "Done late")),
    MilestoneStatus.REACHED: ("query", pgettext_lazy("milestone", "Reached, enter the day")),
    MilestoneStatus.LATE: ("overdue", pgettext_lazy("milestone", "Overdue")),
    MilestoneStatus.FORECAST_LATE: ("risk", pgettext_lazy("milestone", "Expected late")),
    MilestoneStatus.ON_TRACK: ("open", pgettext_lazy("milestone", "On time")),
    MilestoneStatus.UNKNOWN: ("query", pgettext_lazy("milestone", "No forecast")),
}
_EVENTS: dict[str, str | Promise] = {
    "OPENED": gettext_lazy("Commitment opened"),
    "AMENDED": gettext_lazy("Description changed"),
    "FORECAST": gettext_lazy("Forecast, P80"),
    "MILESTONE_ACTUAL": gettext_lazy("Actual day"),
    "MILESTONE_FORECAST": gettext_lazy("Forecast day"),
    "MILESTONE_EVIDENCE": gettext_lazy("Evidence"),
    "APPROVAL_CHANGED": gettext_lazy("Approval of the register changed; statutory deadline"),
    "MILESTONE_DUE": gettext_lazy("Due day moved with the statutory deadline"),
}
LACKS: dict[Lack, str | Promise] = {
    Lack.TARGET: gettext_lazy("how many evaluable patients the trial needs"),
    Lack.MATURITY: gettext_lazy("the follow-up until the primary endpoint"),
    Lack.COUNT: gettext_lazy("a count of the patients enrolled"),
    Lack.LOST: gettext_lazy("how many were lost before the endpoint (0 when none)"),
    Lack.MATURED: gettext_lazy("how many have reached the endpoint (0 when none)"),
    Lack.START: gettext_lazy("the actual day of the first patient in"),
    Lack.CENTRES_DIFFER: gettext_lazy("centres that add up to the count"),
}
_CONFIDENCES: dict[str, str | Promise] = {
    "source": gettext_lazy("read in the source"),
    "secondary": gettext_lazy("secondary source"),
    "derived": gettext_lazy("derived"),
    "project": gettext_lazy("default of this system"),
    "mission": gettext_lazy("given to this system"),
}


def language() -> str:
    """The language of the page."""
    return get_language() or "en"


def outlook(found: CommitmentStatus) -> Tag:
    """Kind and words of the status: from the forecast; where that is in time, from what is late."""
    why, slack = found.outlook.why, found.outlook.slack_days
    if why is Why.ON_TIME and found.group is CommitmentGroup.RISK:
        return "risk", str(_AT_RISK)
    words = str(_WHY[why])
    kind = "overdue" if why is Why.DEADLINE_PASSED else _MARKS[found.outlook.colour]
    if why is Why.P80_LATE and slack is not None:
        late = ngettext("P80 %(n)s day late", "P80 %(n)s days late", -slack)
        words = late % {"n": -slack}
    return kind, words


def milestone(found: MilestoneStatus) -> Tag:
    """Kind and words of a milestone."""
    kind, words = _MILESTONES[found]
    return kind, str(words)


def event(code: str, book: Rulebook) -> str:
    """The name of an entry of the history."""
    if code in _EVENTS:
        return str(_EVENTS[code])
    return text(book.events[CommitmentEvent(code)].name, language())


def state(code: str, book: Rulebook) -> str:
    """The name of a state."""
    return text(book.states[CommitmentState(code)], language())


def slip(line: MilestoneLine) -> str:
    """How far a milestone slipped: +62 days, ≥ +62 days; a dash when it cannot be said."""
    days = line.slip_days
    if days is None:
        return "—"
    text = days_apart(days)
    return f"≥ {text}" if line.at_least else text


def days_apart(days: int) -> str:
    """Days with their sign: +62 days, 0 days."""
    return ngettext("%(n)s day", "%(n)s days", abs(days)) % {"n": f"{days:+d}" if days else "0"}


def basis(item: Definition) -> str:
    """What the due day of a milestone hangs on."""
    if item.repeat is not None:
        return _("Every year")
    if not item.due:
        return _("Follows from the step before it")
    if "fraction" in item.due:
        return _("%(share)s%% of the way from first to last patient") % {
            "share": round(item.due["fraction"] * 100)
        }
    months = item.due["months"]
    if item.due["from"] == "approval":
        return _("Approval + %(n)s months") % {"n": months}
    if not months:
        return _("On the statutory deadline")
    return _("Statutory deadline − %(n)s months") % {"n": -months}


def confidence(code: str) -> str:
    """How sure a rule is."""
    if code in _CONFIDENCES:
        return str(_CONFIDENCES[code])
    return pgettext("confidence", "recalled, to be verified")


def named_milestone(row: Any, book: Rulebook) -> str:
    """The name of a milestone, with its year when it comes every year."""
    return book.milestone_name(row.code, language(), row.period)


def changes(scenario: Scenario) -> list[str]:
    """What a scenario changes, a phrase each."""
    phrases: list[tuple[Any, str]] = [
        (scenario.rate_percent, _("enrolment at %(n)s %% of what the past predicts")),
        (scenario.target, _("%(n)s evaluable patients needed")),
        (scenario.loss_percent, _("%(n)s %% lost before the endpoint")),
        (scenario.maturity_days, _("endpoint after %(n)s days")),
        (scenario.reporting_days, _("%(n)s days from endpoint to submission")),
        (scenario.review_days, _("review of %(n)s days")),
    ]
    found = [text % {"n": value} for value, text in phrases if value is not None]
    if scenario.more_centres and scenario.opening_on:
        centres = ngettext(
            "%(n)s further centre from %(day)s",
            "%(n)s further centres from %(day)s",
            scenario.more_centres,
        )
        day = scenario.opening_on.isoformat()
        found.append(centres % {"n": scenario.more_centres, "day": day})
    if scenario.close_centres:
        found.append(_("without %(names)s") % {"names": ", ".join(scenario.close_centres)})
    return found
