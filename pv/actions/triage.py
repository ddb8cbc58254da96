"""What becomes of a case that came in: one decision with its reason, undone with another."""

from dataclasses import dataclass, replace
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from pv.actions import clocks as case_clocks
from pv.actions import locked_cases
from pv.actions.cases import editing, information, offers, reviews
from pv.actions.cases import versions as case_versions
from pv.domain.cases import nullification_reasons
from pv.domain.cases.stages import CaseEvent, CaseStage
from pv.models import Case, TriageDecision
from pv.models.states import CASE_STAGE
from pv.queries import rules
from pv.queries import triage as queries

Kind = TriageDecision.Kind
_WITH_OTHER = (Kind.FOLLOW_UP, Kind.DUPLICATE)


@dataclass(frozen=True, slots=True)
class TriageInput:
    """What a person decides; `other` is the case it follows or repeats."""

    kind: str
    reason: str
    note: str = ""
    other: Case | None = None


def _check(case: Case, decision: TriageInput) -> None:
    problems = {}
    if decision.kind not in Kind.values:
        problems["kind"] = _("Choose what becomes of it.")
    if decision.reason not in dict(queries.reasons_for(decision.kind)):
        problems["reason"] = _("Choose a reason that belongs to this decision.")
    if decision.reason in queries.told_in_words() and not decision.note.strip():
        problems["note"] = _("Explain this reason in words.")
    if decision.kind in _WITH_OTHER:
        if decision.other is None:
            problems["other"] = _("Give the number of the other case.")
        elif decision.other.id == case.id:
            problems["other"] = _("This is the number of the case itself. Give that of the other.")
        elif decision.other.stage == Case.Stage.NULLIFIED:
            problems["other"] = _("The other case is nullified: it cannot go on instead.")
    if problems:
        raise Refused(problems)


def _triable(case: Case, kind: str) -> None:
    """Refused where the decision comes too late or another page asks what this one cannot."""
    if why := queries.why_not(case, kind):
        raise Refused(why)


@action("triage.decide", needs=Perm.CASE_WRITE)
def decide(actor: Actor, case: Case, *, decision: TriageInput, lock_version: int) -> TriageDecision:
    """Decide what becomes of a case; what follows another case is offered there.

    Of a duplicate the other case keeps the earlier day something was learned on.
    "Not reportable" is a proposal until a medical reviewer signs it. Conflict when somebody saved
    the case since `lock_version`.
    """
    row, other = locked_cases.both(case, decision.other or case)
    decision = replace(decision, other=other if decision.other else None)
    versions.must_be(row, lock_version, column="lock_version")
    _check(row, decision)
    _triable(row, decision.kind)
    made = TriageDecision.objects.create(
        case=row,
        product_id=row.product_id,
        site_id=row.site_id,
        other=decision.other if decision.kind in _WITH_OTHER else None,
        kind=decision.kind,
        reason=decision.reason,
        note=within(decision.note, 1000, "note"),
        stage_before=row.stage,
        owner_before_id=row.assigned_to_id,
        decided_by_id=actor.id,
        decided_at=time.now(),
    )
    if decision.kind == Kind.ACCEPT:
        editing.accept(actor, row, lock_version=lock_version)
    elif decision.kind == Kind.NOT_REPORTABLE:
        row.lock_version += 1
        row.save(update_fields=["lock_version"])
    else:
        if made.other is not None:
            goes_over = offers.follow if made.kind == Kind.FOLLOW_UP else offers.repeat
            goes_over(actor, row, made.other)
        case_versions.nullify(actor, row, reason=_told(decision), lock_version=lock_version)
    return made


def _told(decision: TriageInput) -> str:
    """The reason of the decision in the words of a file, whatever language it was made in."""
    if decision.kind == Kind.DUPLICATE and decision.other is not None:
        number = decision.other.worldwide_id or decision.other.number
        return nullification_reasons.of_duplicate(number, decision.note)
    known = {row["code"]: row for row in rules.data("casework")["reasons"]}[decision.reason]
    return nullification_reasons.of_reason(known["label_zh"], known["label_en"], decision.note)


@action("triage.undo", needs=Perm.CASE_WRITE)
def undo(actor: Actor, made: TriageDecision, *, reason: str, lock_version: int) -> Case:
    """Undo a decision with a reason: the case is in the inbox, or its clocks run, again.

    Refused once work was built on it: an accepted case that moved on, values taken over.
    """
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    row = Case.objects.select_for_update().get(id=made.case_id)
    versions.must_be(row, lock_version, column="lock_version")
    kept = TriageDecision.objects.select_for_update().get(id=made.id)
    if kept.undone_at is not None or row.triage.filter(decided_at__gt=kept.decided_at).exists():
        raise Refused(_("Only the last decision can be undone."))
    before = row.stage
    _revert(actor, row, kept)
    kept.undone_at, kept.undone_by_id = time.now(), actor.id
    kept.undone_because = within(reason, 1000)
    kept.save(update_fields=["undone_at", "undone_by", "undone_because"])
    row.lock_version += 1
    row.save()
    if row.stage != before:
        reviews.record(actor, row, before, reason)
    information.settle(actor, row, reason=reason.strip())
    return row


@part
def _revert(actor: Actor, case: Case, made: TriageDecision) -> None:
    if made.kind == Kind.ACCEPT:
        if case.stage != Case.Stage.ENTRY:
            raise Refused(
                _("The case was moved to the next stage: it is not put back into the inbox.")
            )
        CASE_STAGE.move(case, CaseEvent.SEND_BACK, CaseStage.DRAFTED)
        case.assigned_to_id = made.owner_before_id
    elif made.kind == Kind.NOT_REPORTABLE:
        if made.effective_at is not None and CASE_STAGE.allows(case, CaseEvent.REOPEN):
            CASE_STAGE.move(case, CaseEvent.REOPEN)
    else:
        if made.other is not None:
            offers.withdraw(actor, case, made.other)
        CASE_STAGE.move(case, CaseEvent.RESTORE)
        case.nullified_on = None


@part
def take_effect(actor: Actor, case: Case) -> None:
    """The signature of "not reportable": the clocks stop and the case closes.

    Refused when nobody decided so, and for the person who did: two persons decide it.
    """
    row = Case.objects.select_for_update().get(id=case.id)
    made = row.triage.select_for_update().order_by("-decided_at", "-id").first()
    if made is None or made.kind != Kind.NOT_REPORTABLE or made.undone_at or made.effective_at:
        raise Refused(_("Nobody has proposed that this case is not reportable."))
    if made.decided_by_id == actor.id:
        raise Refused(_("You proposed this decision: another person signs it."))
    _triable(row, made.kind)
    made.effective_at = time.now()
    made.save(update_fields=["effective_at"])
    before = row.stage
    CASE_STAGE.move(row, CaseEvent.NOT_REPORT)
    row.lock_version += 1
    row.save(update_fields=["stage", "lock_version"])
    reviews.record(actor, row, before, made.note)
    case_clocks.reconcile(actor, row, reason=made.note)


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """The signature of a proposal not to report makes it hold."""
    if fact.kind == "case" and fact.meaning == Kind.NOT_REPORTABLE:
        take_effect(actor, Case.objects.get(id=UUID(fact.record)))
