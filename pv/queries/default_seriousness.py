"""What default rules of seriousness added to a case, and what they would add.

A rule that adds a criterion is a source of the case: `reference` names the statement it was applied
to (the hospital's, a received report) and the codes of the rules, `values` what it writes into the
message.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import AdverseEvent
from pv.domain.cases import default_criteria, pairing
from pv.domain.e2b import storage
from pv.models import Case, CaseSource, ReceivedReport
from pv.queries import seriousness_rules
from pv.queries.obligations import DEFAULT_RULE
from pv.queries.seriousness_rules import Answered, DefaultLine

JUDGEMENT, REASON = "judgement", "reason"


def judged_cases(actor: Actor) -> list[UUID]:
    """The actor's cases that the default rules are asked of."""
    rows = Case.objects.exclude(stage=Case.Stage.NULLIFIED)
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


def answered(
    case: Case, *, event: AdverseEvent | None = None, report: ReceivedReport | None = None
) -> Answered | None:
    """What the rules say of what a case was made of; None where no statement stands.

    That is the hospital's event as it is now (`event` where it is at hand) and the report accepted
    last, or `report` when that is about to be; else the article.
    """
    row = report or _accepted(case).order_by("-accepted_version", "-id").first()
    found = [] if row is None else [of_content(row)]
    if event is None and case.origin == Case.Origin.HOSPITAL:
        event = event_of(case)
    if event is not None:
        found.append(seriousness_rules.of_event(event))
    elif row is None and case.origin in (Case.Origin.LITERATURE, Case.Origin.DIRECT):
        root = storage.from_data(case.versions.get(number=case.current_version).message)
        found.append(seriousness_rules.of_message(root, written(history(case))))
    return seriousness_rules.together(found) if found else None


def _accepted(case: Case) -> "QuerySet[ReceivedReport]":
    return ReceivedReport.objects.filter(case=case, state=ReceivedReport.State.ACCEPTED)


def of_content(row: ReceivedReport) -> Answered:
    """What the rules say of a report as it was received."""
    return seriousness_rules.of_message(storage.message_from_data(row.message).root)


def unanswered(case: Case, report: ReceivedReport) -> list[DefaultLine]:
    """What the rules add when a report is accepted that no assessment of a person answers yet.

    A nullification says what was sent, and nothing is added to it.
    """
    if report.kind == ReceivedReport.Kind.NULLIFICATION:
        return []
    said, rows = answered(case, report=report), history(case)
    if said is None or (rows and rows[-1].kind == JUDGEMENT and unchanged(rows, said)):
        return []
    return said.added


def codes_stated(rows: Sequence[CaseSource]) -> list[str]:
    """The rules that were stated last, whether a person answered them since or not."""
    stated = [row for row in rows if row.kind == DEFAULT_RULE]
    return codes(stated[-1]) if stated else []


def unchanged(rows: Sequence[CaseSource], said: Answered) -> bool:
    """Whether the rules say what they said last; of a whole message, of the same reactions."""
    stated = [row for row in rows if row.kind == DEFAULT_RULE]
    if said.codes != codes_stated(rows):
        return False
    return not said.whole or said.paths == (_set(stated[-1]) if stated else set())


def _set(row: CaseSource) -> set[str]:
    offered = pairing.offered(row.values).items()
    return {p for p, value in offered if value == "true" and default_criteria.is_criterion(p)}


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
    """Where rules wrote a criterion into the message that nobody retracted."""
    found: set[str] = set()
    for row in rows:
        if row.kind == JUDGEMENT:
            found.clear()
            continue
        said = pairing.offered(row.values)
        found -= {path for path in said if default_criteria.is_criterion(path)}
        found |= _set(row)
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
    if case.origin != Case.Origin.HOSPITAL or _accepted(case).exists():
        return _set(row)
    by_code = {rule.code: rule.criterion.value for rule in seriousness_rules.event_rules().defaults}
    return {default_criteria.path_of(by_code[code]) for code in codes(row) if code in by_code}


@dataclass(frozen=True, slots=True)
class DefaultView:
    """What the default rules say of a case.

    `missing` names what they would have to know; `assessment` is the holder's answer to them, with
    its reason, while it governs; `open_rule` is whether one can be answered.
    """

    lines: tuple[DefaultLine, ...]
    missing: tuple[str, ...]
    reactions: int
    assessment: CaseSource | None
    reason: str
    by: str
    open_rule: bool


def of_case(actor: Actor, case: Case) -> DefaultView | None:
    """What the rules say of a case; None where no statement stands or it is not the actor's."""
    if not scope.visible(actor, Case.objects.filter(id=case.id), Perm.CASE_READ).exists():
        return None
    said = answered(case)
    if said is None:
        return None
    rows = history(case)
    last = rows[-1] if rows else None
    judged = last if last is not None and last.kind == JUDGEMENT else None
    values: dict[str, Any] = judged.values if judged else {}
    return DefaultView(
        lines=said.lines,
        missing=said.missing,
        reactions=said.reactions,
        assessment=judged,
        reason=str(values.get(REASON, "")),
        by=str(values.get("by", "")),
        open_rule=standing(rows) is not None,
    )


def of_report(row: ReceivedReport) -> DefaultView | None:
    """What accepting a received report would add by the rules; None where they add nothing."""
    lines = tuple(unanswered(row.case, row))
    reactions = of_content(row).reactions
    return DefaultView(lines, (), reactions, None, "", "", False) if lines else None
