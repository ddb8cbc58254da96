"""Retention as loaded, whose identity is due for erasure, and the record of processing."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.retention import OnErasure, PrivacyRules, Start, read_privacy_rules
from followup.domain.visits import FollowUpState
from followup.models import IdentityErasure, Patient
from followup.queries import erasures, person_records, reference

SHOWN = 100
_ENDED = {
    Start.WITHDRAWN: (FollowUpState.WITHDRAWN_NEW_DATA,),
    Start.FOLLOW_UP_ENDED: (FollowUpState.DEAD, FollowUpState.WITHDRAWN_NEW_DATA),
}


def rules() -> PrivacyRules:
    """The rules in force today; NotFound when the reference data are not loaded."""
    return read_privacy_rules(reference.document(Actor.process("privacy"), "privacy"))


@dataclass(frozen=True, slots=True)
class DueIdentity:
    """A patient whose identity has been kept as long as its rule says."""

    patient_id: UUID
    study_code: str
    rule: str
    since: date


def due(actor: Actor, today: date) -> list[DueIdentity]:
    """Identities whose time is over, the longest first; of one's own hospitals."""
    needs = erasures.needed(actor)
    actor.require(needs)
    found: dict[UUID, DueIdentity] = {}
    for rule in rules().retention:
        states = _ENDED.get(rule.start, ())
        if rule.on_erasure is OnErasure.KEPT or "followup_identity" not in rule.tables:
            continue
        erased = IdentityErasure.objects.filter(state__in=("ERASING", "DONE")).values("patient_id")
        rows = Patient.objects.filter(follow_up_state__in=states).exclude(id__in=erased)
        rows = scope.counting(actor, rows, needs).order_by("state_since")
        columns = ("id", "study_code", "state_since")
        for patient, code, since in rows.values_list(*columns)[:SHOWN]:
            over = rule.over_on(since)
            if over is not None and over <= today and patient not in found:
                found[patient] = DueIdentity(patient, code, rule.code, over)
    return sorted(found.values(), key=lambda row: (row.since, row.study_code))[:SHOWN]


def columns_by_class() -> dict[str, tuple[int, int]]:
    """How many tables and columns hold each class of data."""
    columns: Counter[str] = Counter()
    tables: dict[str, set[str]] = {}
    for table, held in person_records.classes().items():
        for name in held.values():
            columns[name] += 1
            tables.setdefault(name, set()).add(table)
    return {name: (len(tables[name]), columns[name]) for name in sorted(columns) if name != "none"}
