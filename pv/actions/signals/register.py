"""The way of a signal through the register; every step is kept with its reasons."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.advisory_locks import wait_for
from followup.core.models import DataLock
from followup.core.numbering import last_number
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from followup.models import Product
from pv.domain.signals.steps import Decision, SignalEvent, SignalState, due
from pv.models import Signal, SignalStep
from pv.models.states import SIGNAL_STATE
from pv.queries import rules
from pv.queries.signals.register import NEEDS


@action("signal.detect", needs=Perm.CASE_WRITE)
def detect(
    actor: Actor,
    product: Product,
    *,
    term: str,
    source: str,
    detected_on: date,
    description: str,
    lock: DataLock | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> Signal:
    """Enter a signal; the safety officer. Its first step is validation, by a day counted."""
    problems = {}
    if not term.strip():
        problems["term"] = _("Say what the signal is about.")
    if not description.strip():
        problems["description"] = _("Say what was seen.")
    if source not in Signal.Source.values:
        problems["source"] = _("Choose where the signal comes from.")
    if detected_on > clock.today():
        problems["detected_on"] = _("The day lies in the future.")
    if problems:
        raise Refused(problems)
    prefix = f"S{detected_on:%y}-"
    wait_for("signal number", prefix)
    number = last_number(Signal.objects.all(), "number", prefix) + 1
    state = SignalState.DETECTED
    return Signal.objects.create(
        product=product,
        number=f"{prefix}{number:04d}",
        term=term,
        source=source,
        detected_on=detected_on,
        description=description,
        lock=lock,
        evidence=dict(evidence or {}),
        state=SIGNAL_STATE.start(state),
        since=detected_on,
        due=due(state, detected_on, rules.data("signals")["step_days"]),
        created_at=clock.now(),
    )


@action("signal.move", needs=Perm.CASE_READ)
def move(
    actor: Actor,
    signal: Signal,
    *,
    event: str,
    reason: str,
    decision: str = "",
    version: int,
) -> Signal:
    """Validate, assess, decide or reopen; each by whoever may, and always with reasons.

    Who assessed a signal does not decide on it.
    """
    step = SignalEvent(event) if event in SignalEvent.__members__ else None
    if step is None or step not in NEEDS:
        raise Refused({"event": _("Choose the step.")})
    actor.require(NEEDS[step], product=signal.product_id)
    row = Signal.objects.select_for_update().get(id=signal.id)
    versions.must_be(row, version)
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Give the reasons.")
    if step is SignalEvent.DECIDE and decision not in {each.value for each in Decision}:
        problems["decision"] = _("Choose the decision.")
    if step is SignalEvent.DECIDE and _assessed_by(row, actor):
        problems["event"] = _("Whoever assessed the signal does not decide on it.")
    if problems:
        raise Refused(problems)
    _move(actor, row, step, reason, decision if step is SignalEvent.DECIDE else "")
    return row


@part
def _move(actor: Actor, row: Signal, step: SignalEvent, reason: str, decision: str) -> None:
    before = row.state
    SIGNAL_STATE.move(row, step)
    if step is not SignalEvent.SIGN:
        row.decision = decision
    row.since = clock.today()
    row.due = due(SignalState(row.state), row.since, rules.data("signals")["step_days"])
    row.version += 1
    row.save(update_fields=["state", "decision", "since", "due", "version"])
    SignalStep.objects.create(
        signal=row,
        product_id=row.product_id,
        event=step.value,
        state_before=before,
        state_after=row.state,
        reason=reason,
        actor_name=actor.name,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )


def _assessed_by(row: Signal, actor: Actor) -> bool:
    assessed = row.steps.filter(event=SignalEvent.ASSESS.value).order_by("-recorded_at").first()
    return assessed is not None and assessed.recorded_by_id == actor.id


@action("signal.sign", needs=Perm.CASE_ASSESS)
def _signed(actor: Actor, signal: Signal, *, reason: str) -> None:
    """Close a signal whose decision was signed; asked for by the signature alone."""
    row = Signal.objects.select_for_update().get(id=signal.id)
    _move(actor, row, SignalEvent.SIGN, reason or _("Signed."), "")


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """The signature of a decision closes the signal; out of turn it is refused and undone."""
    if fact.kind != "signal":
        return
    signal = Signal.objects.get(id=UUID(fact.record))
    if signal.state != SignalState.DECIDED.value:
        raise Refused(_("Only a signal that was decided on is signed."))
    _signed(actor, signal, reason=fact.reason)
