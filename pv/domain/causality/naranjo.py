"""The Naranjo scale: ten questions, a score, a category.

Source: Naranjo et al., Clin Pharmacol Ther 1981;30:239.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pv.domain.causality.grades import CausalityRules


class NaranjoAnswer(StrEnum):
    """The three answers of the scale; UNKNOWN is "do not know" and scores 0 by the scale."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


class NaranjoCategory(StrEnum):
    """Categories of the scale, never converted into another scale's."""

    DEFINITE = "DEFINITE"
    PROBABLE = "PROBABLE"
    POSSIBLE = "POSSIBLE"
    DOUBTFUL = "DOUBTFUL"


@dataclass(frozen=True, slots=True)
class Naranjo:
    """The score with each question's part; both None while a question is unanswered."""

    score: int | None
    category: NaranjoCategory | None
    parts: tuple[tuple[str, NaranjoAnswer, int], ...]
    missing: tuple[str, ...]
    citation: str


def naranjo(rules: CausalityRules, answers: Mapping[str, NaranjoAnswer | None]) -> Naranjo:
    """Score and category from the ten answers; an unanswered question is not "do not know".

    Source: Naranjo et al., Clin Pharmacol Ther 1981. ValueError for an unknown question.
    """
    unknown = set(answers) - set(rules.naranjo_scores)
    if unknown:
        raise ValueError(f"unknown questions: {sorted(unknown)}")
    parts: list[tuple[str, NaranjoAnswer, int]] = []
    missing: list[str] = []
    for question, scores in rules.naranjo_scores.items():
        answer = answers.get(question)
        if answer is None:
            missing.append(question)
        else:
            parts.append((question, answer, scores[answer.value]))
    citation = rules.citations["naranjo"]
    if missing:
        return Naranjo(None, None, tuple(parts), tuple(missing), citation)
    score = sum(points for _, _, points in parts)
    category = NaranjoCategory.DOUBTFUL
    for code, from_score in rules.naranjo_categories:
        if score >= from_score:
            category = NaranjoCategory(code)
            break
    return Naranjo(score, category, tuple(parts), (), citation)
