"""Causality of a case: for each drug and event the opinions side by side, and which one governs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from followup.core import scope
from followup.core.actor import Actor
from followup.languages import is_chinese
from pv.domain.cases.causality_opinions import (
    WRITTEN,
    AssessedPair,
    StatedOpinion,
    assessed_pairs,
    governing,
    opinions,
)
from pv.domain.causality import (
    Assessor,
    CausalityRules,
    Method,
    Opinion,
    read_causality_rules,
    result_text,
    results,
)
from pv.domain.e2b.message import Node
from pv.domain.periodic.events import words_of
from pv.models import Case, CausalityAssessment
from pv.models.causality_assessments import ASSESSORS, METHODS
from pv.queries import rules

Key = tuple[str, str, str]  # pair, assessor, method


def causality_rules() -> CausalityRules:
    """Methods, questions and words as loaded; parsed once per process and content."""
    return rules.parsed("causality", read_causality_rules)


def assessors() -> list[tuple[str, str]]:
    """Whose opinions there are, code and word, in the order they are shown."""
    return [(code, str(word)) for code, word in ASSESSORS]


def methods() -> list[tuple[str, str]]:
    """The methods that the loaded reference data have, code and word."""
    known = causality_rules().methods
    return [(code, str(word)) for code, word in METHODS if code in known]


def latest(case: Case, *, version: int | None = None) -> dict[Key, CausalityAssessment]:
    """The assessment that counts of each pair, assessor and method; up to a version, if asked."""
    rows = CausalityAssessment.objects.filter(case=case)
    if version is not None:
        rows = rows.filter(case_version__lte=version)
    ordered = rows.select_related("assessed_by").order_by("assessed_at", "id")
    return {(row.pair, row.assessor, row.method): row for row in ordered}


def of_case(actor: Actor, case: Case) -> list[CausalityAssessment]:
    """Every assessment made of a case, the newest first."""
    rows = scope.visible(actor, CausalityAssessment.objects.filter(case=case))
    return list(rows.select_related("assessed_by").order_by("-assessed_at", "-id"))


def written_text(known: CausalityRules, row: CausalityAssessment | None) -> str:
    """What an assessment put into the message; empty while it is open."""
    if row is None or not row.final_result:
        return ""
    score = row.score if row.final_result == row.computed else None
    return result_text(known, Method(row.method), row.final_result, score, WRITTEN)


@dataclass(frozen=True, slots=True)
class AssessorOpinions:
    """One assessor's opinions on a pair: what the message says, with the answers behind it."""

    assessor: str
    label: str
    stated: Sequence[StatedOpinion]
    assessments: Sequence[CausalityAssessment]


@dataclass(frozen=True, slots=True)
class Line:
    """One drug and event: reporter, holder and authority side by side, and what governs."""

    pair: AssessedPair
    columns: Sequence[AssessorOpinions]
    unnamed: Sequence[StatedOpinion]
    opinion: Opinion

    @property
    def words(self) -> str:
        """The drug and the event as the case names them."""
        return pair_words(self.pair)

    @property
    def differs(self) -> bool:
        """Whether two assessors' grades are not the same."""
        opinion = self.opinion
        grades = {opinion.reporter, opinion.holder, opinion.authority} - {None}
        return len(grades) > 1


def pair_words(pair: AssessedPair) -> str:
    """A drug and an event as the case names them."""
    return f"{pair.drug.text('G.k.2.2') or '—'} – {words_of(pair.reaction) or '—'}"


def lines(actor: Actor, case: Case, root: Node, *, version: int) -> list[Line]:
    """Every pair of suspect drug and event of a version, with its opinions."""
    scope.one(actor, Case.objects.all(), id=case.id)
    known, made = causality_rules(), latest(case, version=version)
    found = []
    for pair in assessed_pairs(root):
        stated = opinions(known, pair.link)
        columns = [
            AssessorOpinions(
                code,
                label,
                [one for one in stated if one.assessor == code],
                [made[key] for method, _ in METHODS if (key := (pair.key, code, method)) in made],
            )
            for code, label in assessors()
        ]
        unnamed = [one for one in stated if one.assessor is None]
        found.append(Line(pair, columns, unnamed, governing(known, root, pair.link)))
    return found


def grades(known: CausalityRules, method: str, half: str) -> list[tuple[str, str]]:
    """Every result a method has, code and word in `en` or `zh`."""
    return [(code, str(row[half])) for code, row in results(known, Method(method)).items()]


def is_known(known: CausalityRules, assessor: str, method: str) -> bool:
    """Whether there is such an assessor and such a method."""
    return assessor in set(Assessor) and method in known.methods


def _question(code: str) -> Mapping[str, Any] | None:
    """The question of any method with this code; what two methods ask is the same."""
    known = causality_rules().questions.values()
    return next((row for each in known for row in each if row["code"] == code), None)


def place_name(place: str, language: str) -> str:
    """What a place in the stored answers is called; empty when nothing is known of it."""
    row = _question(place.lstrip("."))
    return str(row["zh" if is_chinese(language) else "en"]) if row else ""


def place_value(place: str, stored: str, language: str) -> str:
    """A stored answer in words; empty when its question or the answer is not known."""
    row = _question(place.lstrip("."))
    answers = {one["code"]: one for one in row["answers"]} if row else {}
    words = answers.get(stored)
    return str(words["zh" if is_chinese(language) else "en"]) if words else ""
