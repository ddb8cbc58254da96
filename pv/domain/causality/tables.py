"""WHO-UMC and China's six grades from the answers of an assessor.

Source: domain 3.6.
"""

from dataclasses import dataclass
from enum import StrEnum

from pv.domain.causality.grades import Causality, CausalityRules

_CHINA_QUESTIONS = (
    "time_plausible",
    "known_reaction",
    "improved_on_stopping",
    "recurred",
    "explained_otherwise",
)


class Alternative(StrEnum):
    """How well disease or other drugs explain the event."""

    EXCLUDED = "EXCLUDED"
    UNLIKELY = "UNLIKELY"
    POSSIBLE = "POSSIBLE"
    PLAUSIBLE = "PLAUSIBLE"


class Dechallenge(StrEnum):
    """Course after withdrawal; a single infusion cannot be withdrawn (NOT_APPLICABLE)."""

    IMPROVED = "IMPROVED"
    NOT_IMPROVED = "NOT_IMPROVED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


class Rechallenge(StrEnum):
    """Course after re-exposure."""

    RECURRED = "RECURRED"
    NOT_RECURRED = "NOT_RECURRED"
    NOT_DONE = "NOT_DONE"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoUmcAnswers:
    """Answers for WHO-UMC; None = not answered."""

    time_plausible: bool | None
    alternative: Alternative | None
    dechallenge: Dechallenge | None
    rechallenge: Rechallenge | None
    definitive: bool | None  # an objective, specific phenomenon
    more_data_expected: bool | None
    contradictory: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChinaAnswers:
    """The five questions of the Chinese method; None = unknown, which the table knows as `?`."""

    time_plausible: bool | None
    known_reaction: bool | None
    improved_on_stopping: bool | None
    recurred: bool | None
    explained_otherwise: bool | None
    more_data_expected: bool | None


@dataclass(frozen=True, slots=True)
class TableResult:
    """The grade with the row that gave it; None when an answer is missing or no row fits."""

    grade: Causality | None
    rule: str
    missing: tuple[str, ...]
    citation: str


def who_umc(rules: CausalityRules, seen: WhoUmcAnswers) -> TableResult:
    """The WHO-UMC category; None while a deciding answer is missing.

    Without a withdrawal to assess (a single infusion) the category is at most "possible".
    Source: WHO-UMC system for standardised case causality assessment.
    """
    citation = rules.citations["who_umc"]

    def found(grade: Causality | None, rule: str, *missing: str) -> TableResult:
        return TableResult(grade, f"WHO_UMC.{rule}", missing, citation)

    if seen.contradictory is None:
        return found(None, "OPEN", "contradictory")
    if seen.contradictory or seen.time_plausible is None or seen.alternative is None:
        gaps = ("time_plausible", "alternative") if not seen.contradictory else ()
        missing = tuple(name for name in gaps if getattr(seen, name) is None)
        if seen.more_data_expected is None:
            return found(None, "OPEN", *missing, "more_data_expected")
        if seen.more_data_expected:
            return found(Causality.CONDITIONAL, "MORE_DATA")
        return found(Causality.UNASSESSABLE, "INSUFFICIENT")
    if not seen.time_plausible:
        return found(Causality.UNLIKELY, "TIME_IMPROBABLE")
    if seen.alternative in {Alternative.POSSIBLE, Alternative.PLAUSIBLE}:
        return found(Causality.POSSIBLE, "ALTERNATIVE")
    if seen.dechallenge is None:
        return found(None, "OPEN", "dechallenge")
    if seen.dechallenge is not Dechallenge.IMPROVED:
        return found(Causality.POSSIBLE, "NO_DECHALLENGE")
    if seen.alternative is Alternative.UNLIKELY:
        return found(Causality.PROBABLE, "DECHALLENGE")
    if seen.definitive is None or seen.rechallenge is None:
        names = ("definitive", "rechallenge")
        return found(None, "OPEN", *(n for n in names if getattr(seen, n) is None))
    if seen.definitive and seen.rechallenge in {Rechallenge.RECURRED, Rechallenge.NOT_DONE}:
        return found(Causality.CERTAIN, "DEFINITIVE")
    return found(Causality.PROBABLE, "DECHALLENGE")


def china_grade(rules: CausalityRules, seen: ChinaAnswers) -> TableResult:
    """One of the six grades by the five questions; None when no row fits or too little is known.

    Each row of the table lists the answers it allows (`yes`, `no`, `unknown`); the first that fits
    counts. Source: Chinese ADR reporting and monitoring handbook.
    """
    citation = rules.citations["china"]
    names = _CHINA_QUESTIONS
    words = {True: "yes", False: "no", None: "unknown"}
    if seen.time_plausible is None or seen.known_reaction is None:
        if seen.more_data_expected is None:
            gaps = tuple(n for n in names[:2] if getattr(seen, n) is None)
            return TableResult(None, "CHINA.OPEN", (*gaps, "more_data_expected"), citation)
        grade = Causality.CONDITIONAL if seen.more_data_expected else Causality.UNASSESSABLE
        return TableResult(grade, f"CHINA.{grade.value}", (), citation)
    for row in rules.china_rows:
        if all(words[getattr(seen, name)] in row["answers"][name] for name in names):
            return TableResult(Causality(row["grade"]), f"CHINA.{row['grade']}", (), citation)
    return TableResult(None, "CHINA.NO_ROW", (), citation)
