"""Naranjo, WHO-UMC, China's six grades, and the opinion a report stands on."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from pv.domain.causality import (
    Alternative,
    Causality,
    ChinaAnswers,
    Dechallenge,
    NaranjoAnswer,
    NaranjoCategory,
    OpinionFlag,
    Rechallenge,
    WhoUmcAnswers,
    china_grade,
    effective_opinion,
    from_e2b_text,
    is_related,
    naranjo,
    read_causality_rules,
    to_e2b_text,
    who_umc,
)

ROOT = Path(__file__).parents[3]
PATH = ROOT / "pv" / "reference" / "causality.json"
RULES = read_causality_rules(json.loads(PATH.read_text(encoding="utf-8")))
YES, NO, UNKNOWN = NaranjoAnswer
BLANK = dict.fromkeys(RULES.naranjo_scores, UNKNOWN)


def test_naranjo_range():
    best = {
        q: max(NaranjoAnswer, key=lambda a, s=s: s[a.value])
        for q, s in RULES.naranjo_scores.items()
    }
    worst = {
        q: min(NaranjoAnswer, key=lambda a, s=s: s[a.value])
        for q, s in RULES.naranjo_scores.items()
    }
    assert naranjo(RULES, best).score == 13
    assert naranjo(RULES, worst).score == -4
    assert naranjo(RULES, BLANK).score == 0


@pytest.mark.parametrize(
    ("answers", "score", "category"),
    [
        ({}, 0, NaranjoCategory.DOUBTFUL),
        ({"previous_reports": YES}, 1, NaranjoCategory.POSSIBLE),
        ({"after_drug": YES, "recurred": YES}, 4, NaranjoCategory.POSSIBLE),
        (
            {"after_drug": YES, "recurred": YES, "previous_reports": YES},
            5,
            NaranjoCategory.PROBABLE,
        ),
        (
            {"after_drug": YES, "recurred": YES, "alternative_causes": NO}
            | {"previous_reports": YES, "objective_evidence": YES},
            8,
            NaranjoCategory.PROBABLE,
        ),
        (
            {"after_drug": YES, "recurred": YES, "alternative_causes": NO, "placebo": NO}
            | {"previous_reports": YES, "objective_evidence": YES},
            9,
            NaranjoCategory.DEFINITE,
        ),
        ({"after_drug": NO}, -1, NaranjoCategory.DOUBTFUL),
    ],
)
def test_naranjo_boundaries(answers, score, category):
    found = naranjo(RULES, {**BLANK, **answers})
    assert (found.score, found.category) == (score, category)


def test_an_unanswered_question_is_not_unknown():
    found = naranjo(RULES, {**BLANK, "placebo": None})
    assert (found.score, found.category, found.missing) == (None, None, ("placebo",))
    with pytest.raises(ValueError, match="weather"):
        naranjo(RULES, {"weather": YES})


CLEAR = WhoUmcAnswers(
    time_plausible=True,
    alternative=Alternative.EXCLUDED,
    dechallenge=Dechallenge.IMPROVED,
    rechallenge=Rechallenge.RECURRED,
    definitive=True,
    more_data_expected=False,
    contradictory=False,
)


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, Causality.CERTAIN),
        ({"rechallenge": Rechallenge.NOT_DONE}, Causality.CERTAIN),
        ({"rechallenge": Rechallenge.NOT_RECURRED}, Causality.PROBABLE),
        ({"definitive": False}, Causality.PROBABLE),
        ({"definitive": None}, None),
        ({"alternative": Alternative.UNLIKELY}, Causality.PROBABLE),
        ({"alternative": Alternative.POSSIBLE}, Causality.POSSIBLE),
        ({"alternative": Alternative.PLAUSIBLE}, Causality.POSSIBLE),
        ({"dechallenge": Dechallenge.NOT_APPLICABLE}, Causality.POSSIBLE),
        ({"dechallenge": Dechallenge.UNKNOWN}, Causality.POSSIBLE),
        ({"dechallenge": None}, None),
        ({"time_plausible": False}, Causality.UNLIKELY),
        ({"time_plausible": None}, Causality.UNASSESSABLE),
        ({"time_plausible": None, "more_data_expected": True}, Causality.CONDITIONAL),
        ({"contradictory": True}, Causality.UNASSESSABLE),
        ({"contradictory": True, "more_data_expected": None}, None),
        ({"contradictory": None}, None),
    ],
)
def test_who_umc(changes, grade):
    found = who_umc(RULES, replace(CLEAR, **changes))
    assert found.grade is grade
    assert bool(found.missing) is (grade is None)


FULL = ChinaAnswers(
    time_plausible=True,
    known_reaction=True,
    improved_on_stopping=True,
    recurred=True,
    explained_otherwise=False,
    more_data_expected=None,
)


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, Causality.CERTAIN),
        ({"recurred": None}, Causality.PROBABLE),
        ({"improved_on_stopping": None, "recurred": None}, Causality.POSSIBLE),
        ({"explained_otherwise": True}, Causality.POSSIBLE),
        ({"known_reaction": False, "recurred": None}, Causality.POSSIBLE),
        (
            {"time_plausible": False, "known_reaction": False, "recurred": None},
            Causality.UNLIKELY,
        ),
        ({"time_plausible": False, "recurred": None}, None),
        ({"time_plausible": None, "more_data_expected": True}, Causality.CONDITIONAL),
        ({"time_plausible": None, "more_data_expected": False}, Causality.UNASSESSABLE),
        ({"known_reaction": None}, None),
    ],
)
def test_china(changes, grade):
    assert china_grade(RULES, replace(FULL, **changes)).grade is grade


def test_only_unlikely_is_unrelated():
    assert [g for g in Causality if not is_related(RULES, g)] == [Causality.UNLIKELY]


OPINIONS = [None, *Causality]


@pytest.mark.parametrize(("reporter", "holder"), list(product(OPINIONS, OPINIONS)))
def test_the_reporter_is_never_lowered(reporter, holder):
    found = effective_opinion(RULES, reporter, holder, spontaneous=True)
    assert (found.reporter, found.holder) == (reporter, holder)
    if reporter is None or is_related(RULES, reporter):
        assert found.related is True
    if reporter is not None:
        assert RULES.strength[found.grade] >= RULES.strength[reporter]
    if holder is not None and is_related(RULES, holder):
        assert found.related is True


def test_flags_of_the_opinion():
    lower = effective_opinion(RULES, Causality.PROBABLE, Causality.UNLIKELY, spontaneous=True)
    assert (lower.grade, lower.flags) == (Causality.PROBABLE, (OpinionFlag.REPORTER_KEPT,))
    higher = effective_opinion(RULES, Causality.UNLIKELY, Causality.POSSIBLE, spontaneous=True)
    assert higher.flags == (OpinionFlag.RAISED_BY_HOLDER,)
    none = effective_opinion(RULES, None, None, spontaneous=True)
    assert (none.grade, none.related, none.flags) == (None, True, (OpinionFlag.DEFAULT_RELATED,))


def test_a_study_without_opinion_is_open():
    found = effective_opinion(RULES, None, None, spontaneous=False)
    assert (found.related, found.grade) == (None, None)
    lone = effective_opinion(RULES, None, Causality.UNLIKELY, spontaneous=False)
    assert lone.related is False


@pytest.mark.parametrize("grade", list(Causality))
def test_e2b_text_goes_both_ways(grade):
    for language in ("en", "zh"):
        text = to_e2b_text(RULES, grade, language)
        assert len(text) <= 60
        assert from_e2b_text(RULES, f" {text.upper()} ") is grade


def test_foreign_text_is_not_guessed():
    assert from_e2b_text(RULES, "definitely maybe") is None
    assert to_e2b_text(RULES, Causality.CERTAIN, "zh") == "肯定"
