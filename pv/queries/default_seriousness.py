"""Default rules of seriousness: what they say of a hospital's event, and what is in its case.

A rule that adds a criterion is a source of the case: `reference` names the hospital's statement it
was applied to and the codes of the rules, `values` what it writes into the message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import AdverseEvent
from pv.domain.cases import default_criteria, pairing
from pv.domain.events import (
    AddedCriterion,
    EventFacts,
    EventKind,
    EventRules,
    Seriousness,
    SeriousnessAnswer,
    event_kind,
    read_event_rules,
    seriousness,
)
from pv.models import Case, CaseSource
from pv.queries import rules
from pv.queries.obligations import DEFAULT_RULE

JUDGEMENT, REASON = "judgement", "reason"


def event_rules() -> EventRules:
    """The rules as loaded, parsed once per process and content."""
    return rules.parsed("events", read_event_rules)


def rules_in_use() -> str:
    """Version of the default rules, as what they state names it."""
    return f"events {event_rules().version}"


def judged_cases(actor: Actor) -> list[UUID]:
    """The actor's cases of hospital events that the default rules are asked of."""
    rows = Case.objects.filter(origin=Case.Origin.HOSPITAL).exclude(stage=Case.Stage.NULLIFIED)
    found = scope.visible(actor, rows, Perm.CASE_WRITE)
    return list(found.order_by("id").values_list("id", flat=True))


def event_of(case: Case) -> AdverseEvent | None:
    """The event a case was made of; None where the hospital withdrew it."""
    events = AdverseEvent.objects.filter(case_sources__case=case, withdrawn_at__isnull=True)
    return events.distinct().first()


def stated_codes(case: Case) -> tuple[str, ...]:
    """The rules that state something of a case now."""
    row = standing(history(case))
    return tuple(codes(row)) if row is not None else ()


def answer(event: AdverseEvent) -> SeriousnessAnswer:
    """What the rules say of an event as it is recorded; an outcome not known is no outcome."""
    known = {criterion.value for criterion in Seriousness}
    facts = EventFacts(
        reported=frozenset(Seriousness(code) for code in event.seriousness if code in known),
        reported_not_serious=None if event.serious is None else not event.serious,
        kind=event_kind(
            category=event.kind, malignancy=event.is_new_malignancy, scale=event.grade_scale
        ),
        scale=event.grade_scale or None,
        grade=event.grade,
        outcome=None if event.outcome in ("", "UNKNOWN") else event.outcome,
    )
    return seriousness(event_rules(), facts)


def added(event: AdverseEvent) -> list[AddedCriterion]:
    """What the rules add to the criteria of the reporter."""
    return [one for one in answer(event).added if one.criterion.value not in event.seriousness]


def criteria(kind: EventKind, outcome: str = "") -> tuple[str, ...]:
    """The criteria an event of this kind and outcome meets by the rules alone."""
    facts = EventFacts(
        reported=frozenset(),
        reported_not_serious=None,
        kind=kind,
        scale=None,
        grade=None,
        outcome=outcome or None,
    )
    met = {one.criterion.value for one in seriousness(event_rules(), facts).added}
    return tuple(sorted(met))


def codes(row: CaseSource) -> list[str]:
    """The rules a source states; none where it says that no rule adds anything any more."""
    return [code for code in row.reference.rpartition(":")[2].split("+") if code]


def history(case: Case) -> list[CaseSource]:
    """What rules and the holder's judgements of them stated, in their order."""
    rows = CaseSource.objects.filter(case=case, kind__in=(DEFAULT_RULE, JUDGEMENT))
    return [
        row
        for row in rows.order_by("taken_at", "id")
        if row.kind == DEFAULT_RULE or REASON in row.values
    ]


def written(rows: Iterable[CaseSource]) -> set[str]:
    """The criteria that rules wrote into the message and nobody retracted."""
    by_path = {default_criteria.path_of(one.value): one.value for one in Seriousness}
    found: set[str] = set()
    for row in rows:
        if row.kind == JUDGEMENT:
            found.clear()
            continue
        said = {p: v for p, v in pairing.offered(row.values).items() if p in by_path}
        found -= {by_path[path] for path in said}
        found |= {by_path[path] for path, value in said.items() if value == "true"}
    return found


def standing(rows: Sequence[CaseSource]) -> CaseSource | None:
    """The rule that stands; None where none adds anything or the holder assessed otherwise."""
    last = rows[-1] if rows else None
    return last if last is not None and last.kind == DEFAULT_RULE and codes(last) else None


def held_paths(case: Case) -> set[str]:
    """Where the message says what a standing rule added: its reporter never stated that."""
    row = standing(history(case))
    if row is None:
        return set()
    by_code = {rule.code: rule.criterion.value for rule in event_rules().defaults}
    return {default_criteria.path_of(by_code[code]) for code in codes(row) if code in by_code}


@dataclass(frozen=True, slots=True)
class DefaultLine:
    """One rule that holds for the event of a case; `stated` when its reporter says the same."""

    rule: AddedCriterion
    stated: bool


@dataclass(frozen=True, slots=True)
class DefaultView:
    """What the default rules say of the event of a case.

    `missing` names what they would have to know; `assessment` is the holder's answer to them, with
    its reason, while it governs; `open_rule` is whether one can be answered.
    """

    lines: tuple[DefaultLine, ...]
    missing: tuple[str, ...]
    assessment: CaseSource | None
    reason: str
    by: str
    open_rule: bool


def of_case(actor: Actor, case: Case) -> DefaultView | None:
    """What the rules say of the event a case was made of; None for one of another origin."""
    events = AdverseEvent.objects.filter(case_sources__case=case, withdrawn_at__isnull=True)
    event = scope.visible(actor, events.distinct(), Perm.CASE_READ).first()
    if event is None or case.origin != Case.Origin.HOSPITAL:
        return None
    rows = history(case)
    last = rows[-1] if rows else None
    judged = last if last is not None and last.kind == JUDGEMENT else None
    said = answer(event)
    values: dict[str, Any] = judged.values if judged else {}
    return DefaultView(
        lines=tuple(
            DefaultLine(one, one.criterion.value in event.seriousness) for one in said.added
        ),
        missing=said.missing,
        assessment=judged,
        reason=str(values.get(REASON, "")),
        by=str(values.get("by", "")),
        open_rule=standing(rows) is not None,
    )
