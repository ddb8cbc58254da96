"""An assessment by a method: its questions and answers, and the result that follows from them.

Source: domain 3.6; the methods themselves are cited in the reference data.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pv.domain.causality.grades import Causality, CausalityRules
from pv.domain.causality.naranjo import NaranjoAnswer, NaranjoCategory, naranjo
from pv.domain.causality.tables import (
    Alternative,
    ChinaAnswers,
    Dechallenge,
    Rechallenge,
    TableResult,
    WhoUmcAnswers,
    china_grade,
    who_umc,
)

UNKNOWN = "UNKNOWN"
_NARANJO = re.compile(r"(.+?) ?[（(]Naranjo(?: (-?\d+))?(?: 分)?[）)]")
_YES_NO: dict[str | None, bool | None] = {"YES": True, "NO": False}


class Assessor(StrEnum):
    """Whose opinion it is."""

    REPORTER = "reporter"
    HOLDER = "holder"
    AUTHORITY = "authority"


class Method(StrEnum):
    """Methods of assessment; results of different ones are never converted."""

    CHINA = "china"
    WHO_UMC = "who_umc"
    NARANJO = "naranjo"

    @property
    def graded(self) -> bool:
        """Whether its results are the six grades."""
        return self is not Method.NARANJO


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What follows from answers: the code of a grade or category, empty while it is open.

    `reason` is the code of the rule that gave it, `missing` the questions it waits for, `score`
    Naranjo's sum, `points` what each answer adds to it.
    """

    result: str
    reason: str
    missing: tuple[str, ...]
    citation: str
    score: int | None = None
    points: tuple[tuple[str, int], ...] = ()


def options(rules: CausalityRules, method: Method) -> Mapping[str, frozenset[str]]:
    """The questions of a method, each with the answers it has."""
    return {
        row["code"]: frozenset(answer["code"] for answer in row["answers"])
        for row in rules.questions[method.value]
    }


def results(rules: CausalityRules, method: Method) -> Mapping[str, Mapping[str, Any]]:
    """Every result a method has, with its words, the strongest first."""
    if method.graded:
        return {grade.value: rules.texts[grade.value] for grade in Causality}
    return {category.value: rules.categories[category.value] for category in NaranjoCategory}


def assess(rules: CausalityRules, method: Method, answers: Mapping[str, str]) -> MethodResult:
    """The result by the answers given; an absent answer is not "unknown".

    ValueError for a question or an answer that the method does not have.
    """
    known = options(rules, method)
    wrong = {code for code, answer in answers.items() if answer not in known.get(code, frozenset())}
    if wrong:
        raise ValueError(f"not of {method.value}: {sorted(wrong)}")
    if method is Method.NARANJO:
        scored = naranjo(rules, {code: NaranjoAnswer(text) for code, text in answers.items()})
        reason = "NARANJO.OPEN" if scored.missing else "NARANJO.SCORE"
        points = tuple((code, value) for code, _answer, value in scored.parts)
        category = scored.category.value if scored.category else ""
        return MethodResult(category, reason, scored.missing, scored.citation, scored.score, points)
    table = _china(rules, answers) if method is Method.CHINA else _who_umc(rules, answers)
    return MethodResult(
        table.grade.value if table.grade else "", table.rule, table.missing, table.citation
    )


def _china(rules: CausalityRules, answers: Mapping[str, str]) -> TableResult:
    asked = [row["code"] for row in rules.questions["china"] if row["code"] != "more_data_expected"]
    if missing := tuple(code for code in asked if code not in answers):
        return TableResult(None, "CHINA.OPEN", missing, rules.citations["china"])
    seen = {code: _YES_NO.get(answers.get(code)) for code in options(rules, Method.CHINA)}
    table = china_grade(rules, ChinaAnswers(**seen))
    # Where it is open, the two deciding answers are unknown, not missing.
    missing = tuple(code for code in table.missing if code not in answers)
    return TableResult(table.grade, table.rule, missing, table.citation)


def _who_umc(rules: CausalityRules, answers: Mapping[str, str]) -> TableResult:
    first = []
    if answers.get("contradictory") == "NO":
        first = ["time_plausible"]
        if answers.get("time_plausible") != UNKNOWN:
            first.append("alternative")
    if missing := tuple(code for code in first if code not in answers):
        return TableResult(None, "WHO_UMC.OPEN", missing, rules.citations["who_umc"])
    alternative, stopped = answers.get("alternative", UNKNOWN), answers.get("dechallenge")
    again, definitive = answers.get("rechallenge"), answers.get("definitive")
    table = who_umc(
        rules,
        WhoUmcAnswers(
            time_plausible=_YES_NO.get(answers.get("time_plausible")),
            alternative=None if alternative == UNKNOWN else Alternative(alternative),
            dechallenge=Dechallenge(stopped) if stopped else None,
            rechallenge=Rechallenge(again) if again else None,
            # What is not known to be definitive does not meet the criterion of "certain".
            definitive=False if definitive == UNKNOWN else _YES_NO.get(definitive),
            more_data_expected=_YES_NO.get(answers.get("more_data_expected")),
            contradictory=_YES_NO.get(answers.get("contradictory")),
        ),
    )
    missing = tuple(code for code in table.missing if code not in answers)
    return TableResult(table.grade, table.rule, missing, table.citation)


def result_text(
    rules: CausalityRules, method: Method, result: str, score: int | None, language: str
) -> str:
    """The text of G.k.9.i.2.r.3 for `en` or `zh`; Naranjo's says that it is no grade.

    `score` is None where the category is a person's own.
    """
    words = str(results(rules, method)[result][language])
    if method.graded:
        return words
    if language == "zh":
        return f"{words}（Naranjo {score} 分）" if score is not None else f"{words}（Naranjo）"
    return f"{words} (Naranjo {score})" if score is not None else f"{words} (Naranjo)"


def read_result_text(
    rules: CausalityRules, method: Method, text: str
) -> tuple[str, int | None] | None:
    """The result and score that a text of `result_text` says; None for any other text."""
    words, score = text.strip(), None
    if method is Method.NARANJO:
        if (parts := _NARANJO.fullmatch(words)) is None:
            return None
        words, score = parts[1], int(parts[2]) if parts[2] else None
    for code, row in results(rules, method).items():
        if words.casefold() in {row["en"].casefold(), row["zh"]}:
            return code, score
    return None
