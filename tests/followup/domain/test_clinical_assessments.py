"""Assessments by items: what is missing never decides; the response carried to today."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.assessments import DatedResponse, read_assessment_rules
from followup.domain.clinical_assessments import (
    CAPD,
    ICE,
    ITEMS,
    RESPONSES,
    AnswerProblem,
    AnswersRefused,
    Instrument,
    ItemKind,
    assess,
    capd_points,
    carried_response,
    read_answers,
    read_criteria,
    score_tests,
)
from followup.domain.dates import PartialDate
from followup.domain.grading import read_grading_rules

REFERENCE = Path(__file__).resolve().parents[3] / "followup" / "reference"
DATA = json.loads((REFERENCE / "grading.json").read_text(encoding="utf-8"))
GRADING, CRITERIA = read_grading_rules(DATA), read_assessment_rules(DATA)
TODAY = date(2026, 11, 29)


def result(instrument, answers, ages=(40, 41)):
    seen = read_answers(instrument, answers)
    return assess(instrument, seen, grading=GRADING, criteria=CRITERIA, ages=ages)


def answered(item):
    """Any answer an item takes."""
    if item.kind is ItemKind.YES_NO:
        return st.sampled_from(("YES", "NO"))
    if item.kind is ItemKind.CHOICE:
        return st.sampled_from(item.options)
    if item.kind is ItemKind.SEVERAL:
        return st.lists(st.sampled_from(item.options), unique=True, max_size=3)
    whole = st.integers(int(item.low or 0), int(min(item.high or 60, 60))).map(str)
    return st.one_of(whole, whole.map("<{}".format)) if item.kind is ItemKind.QUANTITY else whole


GRADED = (Instrument.CRS, Instrument.IEC_HS, Instrument.CTCAE_CRS, Instrument.CTCAE_MALIGNANCY)
FULL = {
    each: st.fixed_dictionaries({item.code: answered(item) for item in ITEMS[each]})
    for each in GRADED
}


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_missing_answer_leaves_the_grade_open_or_as_it_was(data) -> None:
    instrument = data.draw(st.sampled_from(GRADED))
    answers = data.draw(FULL[instrument])
    whole = result(instrument, answers)
    left_out = data.draw(st.sets(st.sampled_from(sorted(answers))))
    part = result(instrument, {k: v for k, v in answers.items() if k not in left_out})
    if whole.result:
        assert part.result in ("", whole.result)
        assert part.at_least <= int(whole.result)


CODES = st.sampled_from(("CR", "PR", "SD", "PD", "NE", "VGPR", "sCR"))
DAYS = st.dates(date(2025, 1, 1), TODAY)
PARTIAL = st.one_of(
    DAYS.map(PartialDate.of),
    DAYS.map(lambda d: PartialDate(d.year, d.month)),
    DAYS.map(lambda d: PartialDate(d.year)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(PARTIAL, CODES), max_size=6), st.randoms())
def test_the_order_of_entry_changes_nothing_and_ne_says_nothing(rows, order) -> None:
    responses = [DatedResponse(on, code) for on, code in rows]
    first = carried_response(responses, (), TODAY)
    order.shuffle(responses)
    assert carried_response(responses, (), TODAY).code == first.code
    without = [r for r in responses if r.code != "NE"]
    assert carried_response(without, (), TODAY).code == first.code
    assert first.code is None or first.code in {r.code for r in without}


def dated(text, code):
    return DatedResponse(PartialDate.from_iso(text), code)


def test_complete_response_runs_until_something_says_otherwise() -> None:
    seen = [dated("2026-01-10", "PR"), dated("2026-04-10", "CR"), dated("2026-07-10", "CR")]
    now = carried_response(seen, (), TODAY)
    assert (now.code, str(now.since), str(now.assessed)) == ("CR", "2026-04-10", "2026-07-10")
    told = carried_response(seen, [PartialDate(2026, 9)], TODAY)
    assert (told.code, str(told.since)) == ("PD", "2026-09")
    vague = carried_response(seen, [PartialDate(2026)], TODAY)  # before or after the response?
    assert (vague.code, vague.open) == (None, True)
    before = carried_response(seen, [PartialDate(2026, 9)], date(2026, 8, 31))
    assert before.code == "CR"
    assert carried_response((), (), TODAY).code is None


@pytest.mark.parametrize(
    ("instrument", "answers", "problem"),
    [
        ("CRS", {"temperature": "forty"}, {"temperature": AnswerProblem.NOT_A_NUMBER}),
        ("CRS", {"temperature": "385"}, {"temperature": AnswerProblem.OUT_OF_RANGE}),
        ("CRS", {"vasopressors": "1.5"}, {"vasopressors": AnswerProblem.NOT_WHOLE}),
        ("CRS", {"oxygen": "TENT"}, {"oxygen": AnswerProblem.NOT_OFFERED}),
        ("CRS", {"pulse": "80"}, {"pulse": AnswerProblem.UNKNOWN_ITEM}),
        ("ICANS", {"age": "12"}, {"age": AnswerProblem.AGE_DIFFERS}),
        ("LUGANO_CT", {}, {"target_1_kind": AnswerProblem.NO_TARGET}),
        ("RECIST", {"target_1_kind": "NODE"}, {"target_1_baseline": AnswerProblem.NEEDED}),
        ("IMWG", {"serum_now": "3"}, {"light_chain_disease": AnswerProblem.NEEDED}),
    ],
)
def test_an_answer_that_cannot_be_is_named(instrument, answers, problem) -> None:
    with pytest.raises(AnswersRefused) as refused:
        result(Instrument(instrument), answers)
    assert refused.value.problems == problem


def test_full_width_digits_are_read() -> None:
    assert read_answers(Instrument.CRS, {"temperature": "３８。５"}).written == {
        "temperature": "38.5"
    }


@pytest.mark.parametrize(
    ("ages", "rule"),
    [((11, 12), "ICANS.SCORE"), ((10, 11), "ICANS.CAPD"), ((12, 13), "ICANS.ICE")],
)
def test_a_year_of_birth_that_leaves_child_or_adult_open_leaves_the_grade_open(ages, rule) -> None:
    tests = {"ICANS.ICE": ICE_DONE, "ICANS.CAPD": capd(9), "ICANS.SCORE": ICE_DONE | capd(9)}
    found = result(Instrument.ICANS, NOT_SEEN | tests[rule], ages)
    assert rule in {each.rule for each in found.rules}
    assert found.result == {"ICANS.SCORE": "", "ICANS.CAPD": "3", "ICANS.ICE": "0"}[rule]


ICE_DONE = dict.fromkeys(ICE, "YES")
NOT_SEEN = {"seizure": "NONE", "motor": "NONE", "pressure": "NONE", "consciousness": "NORMAL"}
NOT_SEEN |= {"other_cause": "NO", "death_due_to_icans": "NO"}
OFTEN = ("NEVER", "RARELY", "SOMETIMES", "OFTEN", "ALWAYS")
CHILD = (10, 11)


def capd(points: int) -> dict[str, str]:
    """Observations that add up to `points`: an ability that is always seen scores nothing."""
    made = {}
    for code in CAPD:
        own = min(points, 4)
        able = CAPD.index(code) < 4
        made[code] = OFTEN[4 - own if able else own]
        points -= own
    return made


def test_capd_adds_four_abilities_and_four_disturbances() -> None:
    for points in range(33):
        assert capd_points(read_answers(Instrument.ICANS, capd(points))) == points
    best = dict.fromkeys(CAPD[:4], "ALWAYS") | dict.fromkeys(CAPD[4:], "NEVER")
    assert capd_points(read_answers(Instrument.ICANS, best)) == 0
    for code in CAPD:
        part = {other: answer for other, answer in best.items() if other != code}
        assert capd_points(read_answers(Instrument.ICANS, part)) is None
        assert capd_points(read_answers(Instrument.ICANS, part | {"capd": "4"})) == 4
        with pytest.raises(AnswersRefused) as refused:
            result(Instrument.ICANS, part | {"capd": "5"}, CHILD)
        assert refused.value.problems == {"capd": AnswerProblem.TOTAL_DIFFERS}


@pytest.mark.parametrize("points", [0, 1, 8, 9, 32])
def test_a_child_is_graded_by_the_observations_or_by_their_total(points) -> None:
    wanted = "0" if points == 0 else "1" if points < 9 else "3"
    for answers in (capd(points), {"capd": str(points)}):
        found = result(Instrument.ICANS, NOT_SEEN | answers, CHILD)
        assert found.result == wanted
        assert ("ICANS.CAPD_POINTS", str(points)) in [(r.rule, r.answer) for r in found.rules]
    voice = NOT_SEEN | capd(points) | {"consciousness": "TO_VOICE"}
    assert result(Instrument.ICANS, voice, CHILD).result == ("3" if points > 8 else "2")


def test_a_child_who_cannot_be_assessed_is_grade_4_only_when_not_roused() -> None:
    asleep = NOT_SEEN | {"consciousness": "UNAROUSABLE"}
    assert result(Instrument.ICANS, asleep, CHILD).result == "4"
    found = result(Instrument.ICANS, NOT_SEEN, CHILD)
    assert (found.result, found.missing) == ("", ("capd",))


@pytest.mark.parametrize(
    ("ages", "answers", "code"),
    [(CHILD, {"ice_city": "NO"}, "ice_city"), ((12, 13), {"capd": "3"}, "capd")]
    + [((12, 13), {"capd_slow": "OFTEN"}, "capd_slow")],
)
def test_the_test_of_the_other_age_is_refused_and_not_left_out_in_silence(
    ages, answers, code
) -> None:
    with pytest.raises(AnswersRefused) as refused:
        result(Instrument.ICANS, answers, ages)
    assert refused.value.problems == {code: AnswerProblem.NOT_AT_THIS_AGE}


@pytest.mark.parametrize(
    ("ages", "tests"),
    [((11, 11), "CAPD"), ((12, 90), "ICE"), ((11, 12), "ICE CAPD"), (None, "ICE CAPD")],
)
def test_which_test_of_cognition_an_age_needs(ages, tests) -> None:
    assert " ".join(score_tests(ages, GRADING.icans.child_below_age)) == tests


def test_criteria_of_a_disease_are_criteria_of_response_that_are_known() -> None:
    assert all(set(criteria) <= set(RESPONSES) for criteria in read_criteria(DATA).values())
    for wrong in ("IWCLL", "CRS"):
        with pytest.raises(ValueError, match=wrong if wrong == "IWCLL" else "scale of toxicity"):
            read_criteria({"response": {"criteria_by_disease": {"CLL": [wrong]}}})
