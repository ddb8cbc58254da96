"""Cases that may be one: found by shared keys, scored, explained, within what the reader sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.dates import PartialDate
from pv.domain.cases import receptions
from pv.domain.duplicates import (
    DuplicateRules,
    Report,
    Score,
    Verdict,
    features,
    from_data,
    read_duplicate_rules,
    score,
    search_keys,
)
from pv.domain.e2b import storage
from pv.domain.e2b.message import Message
from pv.models import Case, CaseFeatures, DuplicateDecision
from pv.queries import rules as documents

WORTH_SHOWING = frozenset({Verdict.PROBABLE, Verdict.SUSPECT})
# A value shared by more than the largest block says nothing. What shares most keys comes first.
_SHARING = """
SELECT found.case_id FROM unnest(%(keys)s::text[]) AS wanted(key) CROSS JOIN LATERAL (
    SELECT case_id FROM pv_casefeatures
    WHERE keys @> ARRAY[wanted.key]::varchar[] LIMIT %(most)s + 1) AS found
WHERE found.case_id <> %(case)s
GROUP BY found.case_id ORDER BY count(*) DESC, found.case_id DESC LIMIT %(scored)s
"""


@dataclass(frozen=True, slots=True)
class DuplicateRuleSet:
    """The weights, the keys of the search and its limits, as loaded."""

    weights: DuplicateRules
    blocking: Sequence[Sequence[str]]
    largest_block: int
    most_scored: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that may be the same. `values` are both sides by field, of what the reader sees."""

    case: Case
    score: Score
    values: Mapping[str, tuple[str, str]]
    decision: DuplicateDecision | None


@dataclass(frozen=True, slots=True)
class Search:
    """The candidates in the reader's scope, the likeliest first, and how many are outside it."""

    candidates: Sequence[Candidate]
    hidden: int

    @property
    def undecided(self) -> int:
        """How many nobody has decided, those put off included."""
        later = DuplicateDecision.Outcome.LATER
        return sum(c.decision is None or c.decision.outcome == later for c in self.candidates)


def _rules(data: Mapping[str, Any]) -> DuplicateRuleSet:
    return DuplicateRuleSet(
        read_duplicate_rules(data),
        tuple(tuple(keys) for keys in data["blocking"]),
        int(data["largest_block"]),
        int(data["most_scored"]),
    )


def rules() -> DuplicateRuleSet:
    """The rules of the search as loaded."""
    return documents.parsed("duplicates", _rules)


def of_case(case: Case) -> Report:
    """What a case is compared by as its current version stands."""
    root = storage.from_data(case.versions.get(number=case.current_version).message)
    names = {*receptions.identifiers(Message(root)), case.worldwide_id} - {""}
    for received in case.received.values_list("names", flat=True):
        names |= set(received)
    return features(
        root,
        names=sorted(names),
        product=case.product.code if case.product else "",
        site=str(case.site_id or ""),
        person=str(case.patient_id or ""),
    )


def found(case_id: UUID, report: Report, known: DuplicateRuleSet) -> list[tuple[UUID, Score]]:
    """Every case that looks like this one, whoever may see it; the likeliest first."""
    stored = rows_sharing(case_id, search_keys(report, known.blocking), known)
    scored = [
        (other, score(known.weights, report, from_data(known.weights, data)))
        for other, data in stored
    ]
    worth = [pair for pair in scored if pair[1].verdict in WORTH_SHOWING]
    return sorted(worth, key=lambda pair: (-pair[1].bits, str(pair[0])))


def rows_sharing(
    case_id: UUID, keys: Sequence[str], known: DuplicateRuleSet
) -> list[tuple[UUID, Mapping[str, Any]]]:
    """The stored values of the cases that share a key with this one, as many as are scored."""
    if not keys:
        return []
    values: dict[str, Any] = {"keys": list(keys), "case": case_id}
    values |= {"most": known.largest_block, "scored": known.most_scored}
    with connection.cursor() as cursor:
        cursor.execute(_SHARING, values)
        ids = [row[0] for row in cursor.fetchall()]
    return list(CaseFeatures.objects.filter(case_id__in=ids).values_list("case_id", "values"))


def search(actor: Actor, case: Case) -> Search:
    """The possible duplicates of a case the actor has read.

    A case outside the actor's scope counts, and shows nothing of itself.
    """
    known = rules()
    report = of_case(case)
    pairs = found(case.id, report, known)
    rows = Case.objects.filter(id__in=[key for key, _score in pairs])
    visible = {row.id: row for row in scope.visible(actor, rows.select_related("product", "site"))}
    decided = decisions(case)
    candidates = [
        Candidate(visible[key], one, _values(report, visible[key]), decided.get(key))
        for key, one in pairs
        if key in visible
    ]
    return Search(candidates, len(pairs) - len(candidates))


def _values(report: Report, other: Case) -> dict[str, tuple[str, str]]:
    theirs = of_case(other)
    return {code: (_text(report.get(code)), _text(theirs.get(code))) for code in {*report, *theirs}}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value)))
    return value.isoformat() if isinstance(value, PartialDate) else str(value)


def put_off(actor: Actor, case: Case) -> int:
    """How many cases in the reader's scope wait for a decision about this one that was put off."""
    later = DuplicateDecision.Outcome.LATER
    others = [key for key, made in decisions(case).items() if made.outcome == later]
    return scope.visible(actor, Case.objects.filter(id__in=others)).count() if others else 0


def decisions(case: Case) -> dict[UUID, DuplicateDecision]:
    """The latest decision of each pair, whichever side it was made on."""
    rows = DuplicateDecision.objects.filter(case=case) | DuplicateDecision.objects.filter(
        other=case
    )
    latest: dict[UUID, DuplicateDecision] = {}
    for row in rows.select_related("decided_by").order_by("decided_at", "id"):
        latest[row.other_id if row.case_id == case.id else row.case_id] = row
    return latest
