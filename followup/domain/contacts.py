"""How a patient is reached, what came of each attempt, and when the attempts prove a loss.

Source: domain 1.2.5; the numbers are data of the protocol.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ContactType(StrEnum):
    """Ways of a follow-up contact (domain 1.2.4)."""

    ON_SITE = "ON_SITE"
    LOCAL_HOSPITAL = "LOCAL_HOSPITAL"
    PHONE = "PHONE"
    VIDEO = "VIDEO"
    QUESTIONNAIRE = "QUESTIONNAIRE"
    REGISTRY_LINKAGE = "REGISTRY_LINKAGE"
    THIRD_PARTY_RECORD = "THIRD_PARTY_RECORD"


class AttemptMethod(StrEnum):
    """Ways to look for a patient who cannot be reached; the last one asks a register."""

    PHONE = "PHONE"
    FAMILY = "FAMILY"
    VIDEO = "VIDEO"
    LOCAL_HOSPITAL = "LOCAL_HOSPITAL"
    LETTER = "LETTER"
    REGISTRY_LINKAGE = "REGISTRY_LINKAGE"


class AttemptOutcome(StrEnum):
    """What one documented attempt to reach the patient gave."""

    REACHED = "REACHED"
    REACHED_RELATIVE = "REACHED_RELATIVE"
    NO_ANSWER = "NO_ANSWER"
    WRONG_NUMBER = "WRONG_NUMBER"
    REFUSED = "REFUSED"
    DIED = "DIED"
    NO_ENTRY = "NO_ENTRY"  # the register knows of no death and no move


@dataclass(frozen=True, slots=True)
class Attempt:
    """One documented attempt: the day, the way, the outcome."""

    on: date
    method: AttemptMethod
    outcome: AttemptOutcome


@dataclass(frozen=True, slots=True)
class LossRule:
    """What must be recorded before a patient may be called lost (project default, domain 1.2.5)."""

    attempts: int
    methods: int
    span_days: int
    needs_registry_check: bool


class LossGap(StrEnum):
    """What is still missing before a loss may be recorded."""

    ATTEMPTS = "attempts"
    METHODS = "methods"
    SPAN = "span"
    REGISTRY_CHECK = "registry_check"


@dataclass(frozen=True, slots=True)
class LossEvidence:
    """The counts behind a loss and what is missing; `proven` when nothing is."""

    attempts: int
    methods: int
    span_days: int
    registry_checked: bool
    missing: tuple[LossGap, ...]

    @property
    def proven(self) -> bool:
        """Whether every condition of the rule holds."""
        return not self.missing


FAILED = frozenset({AttemptOutcome.NO_ANSWER, AttemptOutcome.WRONG_NUMBER})


def evidence_of_loss(
    attempts: Collection[Attempt], rule: LossRule, *, last_contact_on: date | None = None
) -> LossEvidence:
    """Count the failed attempts since the last success and say what the rule still asks for.

    Any attempt that reached someone, a refusal or a death ends the run, as the last recorded
    contact does: only what came after it counts. The span runs from the first to the last failed
    attempt, in days. A look into a register is no attempt to reach anybody: it is counted apart.
    """
    tries = [a for a in attempts if a.method is not AttemptMethod.REGISTRY_LINKAGE]
    ended = [a.on for a in tries if a.outcome not in FAILED]
    last = max([*ended, *([last_contact_on] if last_contact_on else [])], default=None)
    failed = [a for a in tries if a.outcome in FAILED and (last is None or a.on > last)]
    days = [a.on for a in failed]
    span = (max(days) - min(days)).days if days else 0
    methods = len({a.method for a in failed})
    checked = any(
        a.method is AttemptMethod.REGISTRY_LINKAGE
        and a.outcome is AttemptOutcome.NO_ENTRY
        and (last is None or a.on > last)
        for a in attempts
    )
    conditions = (
        (LossGap.ATTEMPTS, len(failed) >= rule.attempts),
        (LossGap.METHODS, methods >= rule.methods),
        (LossGap.SPAN, span >= rule.span_days),
        (LossGap.REGISTRY_CHECK, checked or not rule.needs_registry_check),
    )
    missing = tuple(gap for gap, met in conditions if not met)
    return LossEvidence(len(failed), methods, span, checked, missing)


_INQUIRIES = {
    ContactType.VIDEO: AttemptMethod.VIDEO,
    ContactType.LOCAL_HOSPITAL: AttemptMethod.LOCAL_HOSPITAL,
    ContactType.THIRD_PARTY_RECORD: AttemptMethod.LOCAL_HOSPITAL,
    ContactType.QUESTIONNAIRE: AttemptMethod.LETTER,
    ContactType.REGISTRY_LINKAGE: AttemptMethod.REGISTRY_LINKAGE,
}


def inquiry_method(contact_type: str, informant: str) -> AttemptMethod:
    """The way a contact went that reached somebody, but nobody who knew of the patient."""
    kind = ContactType(contact_type) if contact_type in ContactType.__members__ else None
    if kind in _INQUIRIES:
        return _INQUIRIES[kind]
    return AttemptMethod.FAMILY if informant == "FAMILY" else AttemptMethod.PHONE
