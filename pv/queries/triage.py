"""Decisions of triage as they are read: of one case, and the reasons there are."""

from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.naming import reader_language
from pv.models import Case, TriageDecision
from pv.queries import rules

Kind = TriageDecision.Kind


def of_case(actor: Actor, case: Case) -> list[TriageDecision]:
    """The decisions about a case, the newest first."""
    rows = scope.visible(actor, TriageDecision.objects.filter(case=case))
    return list(
        rows.select_related("other", "decided_by", "undone_by").order_by("-decided_at", "-id")
    )


def one(actor: Actor, decision_id: UUID | str) -> TriageDecision:
    """One decision; NotFound otherwise."""
    return scope.one(actor, TriageDecision.objects.select_related("case"), id=decision_id)


def proposal(actor: Actor, case: Case) -> TriageDecision | None:
    """The last decision not to report a case, signed or waiting for it; None when undone."""
    last = next(iter(of_case(actor, case)), None)
    stands = last is not None and last.undone_at is None
    return last if stands and last is not None and last.kind == "not_reportable" else None


def why_not(case: Case, kind: str) -> str:
    """Why a decision can no longer follow, or what is to be done instead; "" when it can."""
    if case.stage == Case.Stage.NULLIFIED:
        return _("The case is nullified already.")
    if kind == Kind.NOT_REPORTABLE:
        if case.submissions.filter(sent_on__isnull=False).exists():
            return _("A report of this case was sent: it is nullified, not left unreported.")
        return ""
    if case.stage != Case.Stage.DRAFTED:
        return _("This case has already been accepted.")
    if kind in (Kind.ACCEPT, Kind.FOLLOW_UP) and case.received.filter(state="to_review").exists():
        return _("Accept the received report: it asks for product and day of awareness.")
    return ""


def reasons_for(kind: str) -> list[tuple[str, str]]:
    """The reasons that fit one decision, code and words."""
    return [(code, words) for code, words, fits in reasons() if kind in fits]


def told_in_words() -> frozenset[str]:
    """The reasons that have to be explained."""
    return frozenset(rules.data("casework")["told_in_words"])


def reasons() -> list[tuple[str, str, list[str]]]:
    """Every reason: code, words in the reader's language, the decisions it fits."""
    name = f"label_{reader_language()}"
    return [(r["code"], r[name], r["decisions"]) for r in rules.data("casework")["reasons"]]
