"""The search for a patient who cannot be reached, the loss it may end in, care elsewhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followup.actions.follow_up_status import states
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.contacts import AttemptMethod, AttemptOutcome, LossGap
from followup.domain.visits import SEARCHED, FollowUpEvent, FollowUpState, step
from followup.models import ContactAttempt, Infusion, Patient
from followup.models.states import PATIENT_FOLLOW_UP
from followup.queries import follow_up_status

_RECORDED = (
    AttemptOutcome.NO_ANSWER,
    AttemptOutcome.WRONG_NUMBER,
    AttemptOutcome.REFUSED,
    AttemptOutcome.NO_ENTRY,
)


@dataclass(frozen=True, slots=True)
class AttemptInput:
    """One documented try to reach a patient, or a look into a register."""

    attempted_on: date
    method: str
    result: str
    note: str = ""


def _missing(gap: str, search: follow_up_status.Tracing) -> str:
    rule, found = search.rule, search.evidence
    if gap == LossGap.ATTEMPTS:
        text = ngettext(
            "%(n)d unsuccessful contact attempt since the last contact; %(of)d are required.",
            "%(n)d unsuccessful contact attempts since the last contact; %(of)d are required.",
            found.attempts,
        )
        return text % {"n": found.attempts, "of": rule.attempts}
    if gap == LossGap.METHODS:
        text = ngettext(
            "Attempts used %(n)d method; %(of)d different methods are required.",
            "Attempts used %(n)d methods; %(of)d different methods are required.",
            found.methods,
        )
        return text % {"n": found.methods, "of": rule.methods}
    if gap == LossGap.SPAN:
        return _("Attempts span %(n)d days; at least %(of)d days are required.") % {
            "n": found.span_days,
            "of": rule.span_days,
        }
    return _("No vital-status registry check since the last contact.")


def gaps(search: follow_up_status.Tracing) -> list[str]:
    """What is still wanting before the patient may be called lost, in words."""
    return [_missing(gap, search) for gap in search.evidence.missing]


def _attempt_problems(given: AttemptInput, infused_on: date, today: date) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if given.attempted_on > today:
        problems["attempted_on"] = _("The day of the attempt cannot be later than today.")
    elif given.attempted_on < infused_on:
        problems["attempted_on"] = _("The day of the attempt cannot be before the infusion.")
    if given.method not in AttemptMethod.__members__:
        problems["method"] = _("State the method of contact.")
    if given.result not in _RECORDED:
        problems["result"] = _("Say what came of it.")
    register = given.method == AttemptMethod.REGISTRY_LINKAGE
    if not problems and register != (given.result == AttemptOutcome.NO_ENTRY):
        problems["result"] = (
            _("A register answers that nothing was found; a death found there is recorded as one.")
            if register
            else _("This answer comes from a register only.")
        )
    return problems


@action("attempt.record", needs=Perm.VISIT_WRITE)
def record_attempt(actor: Actor, patient: Patient, *, given: AttemptInput) -> ContactAttempt:
    """Record one contact attempt; the first unsuccessful one after a closed window begins tracing.

    Refused for the dead, for whoever withdrew the consent, and for impossible days or answers.
    """
    row, today = states.locked(patient), clock.today()
    if FollowUpState(row.follow_up_state) not in SEARCHED:
        raise Refused(_("Nobody is to look for this patient in this state of follow-up."))
    infusions = Infusion.objects.filter(patient=row).order_by("-infused_on")
    last, first = infusions.first(), infusions.last()
    if last is None or first is None:
        raise Refused(_("This patient has no infusion."))
    problems = _attempt_problems(given, first.infused_on, today)
    if problems:
        raise Refused(problems)
    attempt = ContactAttempt.objects.create(
        patient=row,
        site_id=row.site_id,
        product_id=last.product_id,
        attempted_on=given.attempted_on,
        method=given.method,
        result=given.result,
        note=given.note.strip(),
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    states.settle(row)
    return attempt


def require(
    patient: Patient,
    event: FollowUpEvent,
    *,
    reason: str = "",
    search: follow_up_status.Tracing | None = None,
) -> None:
    """Refused when a decision does not fit the patient's state, with what a search lacks."""
    PATIENT_FOLLOW_UP.require(patient, event)
    evidence = search.evidence if search else None
    taken = step(PATIENT_FOLLOW_UP.of(patient), event, reason=reason, evidence=evidence)
    if taken.missing and search is not None:
        raise Refused({"lost": gaps(search)})
    if not taken.allowed:
        raise Refused({"reason": _("Say why.")})


@action("patient.declare_lost", needs=Perm.PATIENT_WRITE)
def declare_lost(actor: Actor, patient: Patient) -> Patient:
    """Call a patient lost once the protocol's rule is met; Refused with what is missing."""
    row = states.locked(patient)
    search = follow_up_status.tracing(actor, row)
    state = PATIENT_FOLLOW_UP.of(row)
    if state is FollowUpState.ACTIVE and search is not None and search.evidence.missing:
        raise Refused({"lost": gaps(search)})
    require(row, FollowUpEvent.LOSS_DECLARED, search=search)
    states.decide(actor, row, FollowUpEvent.LOSS_DECLARED, clock.today())
    return states.settle(row)


@action("patient.retract_loss", needs=Perm.PATIENT_WRITE)
def retract_loss(actor: Actor, patient: Patient, *, reason: str) -> Patient:
    """Retract a declared loss; the search goes on. Any contact ends it without this."""
    row = states.locked(patient)
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    require(row, FollowUpEvent.LOSS_RETRACTED, reason=reason)
    today = clock.today()
    states.decide(actor, row, FollowUpEvent.LOSS_RETRACTED, today, reason=reason.strip())
    return states.settle(row)


@action("patient.transfer", needs=Perm.PATIENT_WRITE)
def transfer(actor: Actor, patient: Patient, *, on: date, reason: str) -> Patient:
    """Care went to a hospital outside; `reason` names it. The plan stays, reminders end."""
    row = states.locked(patient)
    problems: dict[str, Any] = {}
    if on > clock.today():
        problems["on"] = _("The day cannot be later than today.")
    elif on < row.state_since:
        problems["on"] = _("The day cannot be before the present state began (%(day)s).") % {
            "day": row.state_since
        }
    if not reason.strip():
        problems["reason"] = _("Say which hospital follows the patient now.")
    if problems:
        raise Refused(problems)
    require(row, FollowUpEvent.TRANSFERRED_OUT, reason=reason)
    states.decide(actor, row, FollowUpEvent.TRANSFERRED_OUT, on, reason=reason.strip())
    return states.settle(row)
