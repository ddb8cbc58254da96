"""What a guard has against a step, said to a person at the field it concerns."""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy

from pv.domain.approvals import Code, CommitmentEvent, CommitmentState, Refusal
from pv.queries.commitments import Rulebook

_FIELDS: dict[Code, str] = {
    Code.DOCUMENT_MISSING: "document",
    Code.REASON_MISSING: "reason",
    Code.DATE_MISSING: "happened_on",
    Code.DATE_IN_FUTURE: "happened_on",
    Code.NEW_DEADLINE_MISSING: "new_deadline",
    Code.NEW_DEADLINE_NOT_LATER: "new_deadline",
    Code.ACCEPTANCE_NUMBER_MISSING: "acceptance_number",
    Code.DEADLINE_BEFORE_APPROVAL: "legal_end",
    Code.DEADLINE_BEYOND_CAP: "override_reason",
}
_TEXTS: dict[Code, str | Promise] = {
    Code.DOCUMENT_MISSING: gettext_lazy("Enter the number of the document."),
    Code.APPROVAL_DATE_MISSING: gettext_lazy("The approval date is not recorded."),
    Code.DEADLINE_MISSING: gettext_lazy("No statutory deadline is recorded."),
    Code.DEADLINE_BEFORE_APPROVAL: gettext_lazy(
        "The statutory deadline %(deadline)s is before the approval %(approval)s."
    ),
    Code.DEADLINE_BEYOND_CAP: gettext_lazy(
        "%(deadline)s is later than %(latest)s, which is %(months)s months from approval. Choose "
        "an earlier day, or give the reason and its document."
    ),
    Code.DATE_MISSING: gettext_lazy("Enter the day it happened."),
    Code.DATE_IN_FUTURE: gettext_lazy("The day cannot be later than today."),
    Code.NOTHING_LATE: gettext_lazy(
        "No milestone is late and the forecast keeps the statutory deadline."
    ),
    Code.STILL_LATE: gettext_lazy("Milestones or the forecast are still late: %(milestones)s."),
    Code.FORECAST_MISSING: gettext_lazy("There is no forecast that shows it."),
    Code.DEADLINE_IS_PAST: gettext_lazy(
        "Only possible until the statutory deadline, %(deadline)s."
    ),
    Code.DEADLINE_NOT_PAST: gettext_lazy(
        "Only possible after the statutory deadline, %(deadline)s."
    ),
    Code.REASON_MISSING: gettext_lazy("Enter the reason."),
    Code.NEW_DEADLINE_MISSING: gettext_lazy("Enter the new statutory deadline."),
    Code.NEW_DEADLINE_NOT_LATER: gettext_lazy(
        "The new statutory deadline must be later than the present one, %(deadline)s."
    ),
    Code.ACCEPTANCE_NUMBER_MISSING: gettext_lazy("Enter the acceptance number."),
    Code.ALREADY_SUBMITTED: gettext_lazy("It was submitted on %(submitted_on)s."),
    Code.REQUEST_NOT_IN_TIME: gettext_lazy(
        "No extension was requested before the statutory deadline, %(deadline)s."
    ),
    Code.SUBMISSION_MISSING: gettext_lazy("Enter the day of submission at its milestone first."),
    Code.RECORDED_ALREADY: gettext_lazy(
        "Nothing would change: it is recorded at its milestone (%(day)s)."
    ),
}


def said(refusal: Refusal, book: Rulebook) -> str:
    """One refusal as a sentence in the reader's language."""
    language, values = get_language() or "en", dict(refusal.values)
    if refusal.code is Code.NO_SUCH_TRANSITION:
        state, event = CommitmentState(values["state"]), CommitmentEvent(values["event"])
        return book.column.refusal(state, event)
    if "milestones" in values:
        codes = [code for code in values["milestones"].split(", ") if code]
        values["milestones"] = ", ".join(_milestone(code, book, language) for code in codes) or "—"
    return str(_TEXTS[refusal.code]) % values


def _milestone(code: str, book: Rulebook, language: str) -> str:
    name, _space, period = code.partition(" ")
    return f"{book.milestone_name(name, language)} {period}".strip()


def problems(refusals: Iterable[Refusal], book: Rulebook) -> dict[str, list[str]]:
    """Refusals by the field they concern, as `Refused` takes them."""
    found: dict[str, list[str]] = {}
    for refusal in refusals:
        found.setdefault(_FIELDS.get(refusal.code, ""), []).append(said(refusal, book))
    return found
