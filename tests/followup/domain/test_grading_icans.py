"""ICANS: every cell of the table, ICE and CAPD, and what a missing input does."""

import json
import os
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.grading import (
    Consciousness,
    IcansFindings,
    IceAnswers,
    Motor,
    Pressure,
    Seizure,
    icans,
    ice_score,
    read_grading_rules,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_grading_rules(json.loads(DATA.read_text(encoding="utf-8"))).icans
WELL = IcansFindings(
    age=60,
    ice=10,
    capd=None,
    consciousness=Consciousness.NORMAL,
    seizure=Seizure.NONE,
    motor=Motor.NONE,
    pressure=Pressure.NONE,
    other_cause=False,
    death_due_to_icans=False,
)


def grade(**changes):
    return icans(RULES, replace(WELL, **changes)).grade


@pytest.mark.parametrize(
    ("score", "expected"),
    [(10, 0), (9, 1), (8, 1), (7, 1), (6, 2), (5, 2), (4, 2), (3, 2), (2, 3), (1, 3), (0, 3)],
)
def test_ice(score, expected):
    assert grade(ice=score) == expected


def test_ice_zero_in_an_unarousable_patient_is_grade_4():
    assert grade(ice=0, consciousness=Consciousness.UNAROUSABLE) == 4
    assert grade(ice=None, consciousness=Consciousness.UNAROUSABLE) == 4


@pytest.mark.parametrize(("score", "expected"), [(0, 0), (1, 1), (8, 1), (9, 3), (32, 3)])
def test_capd_under_12(score, expected):
    assert grade(age=11, ice=None, capd=score) == expected


def test_capd_takes_grade_2_from_consciousness():
    child = {"age": 5, "ice": None, "capd": 4}
    assert grade(**child, consciousness=Consciousness.TO_VOICE) == 2
    assert grade(**{**child, "capd": None}, consciousness=Consciousness.UNAROUSABLE) == 4


def test_age_12_uses_ice():
    assert grade(age=12, ice=10, capd=32) == 0
    assert grade(age=11, ice=10, capd=32) == 3


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("consciousness", Consciousness.AWAKENS_SPONTANEOUSLY, 1),
        ("consciousness", Consciousness.TO_VOICE, 2),
        ("consciousness", Consciousness.TO_TACTILE, 3),
        ("consciousness", Consciousness.UNAROUSABLE, 4),
        ("seizure", Seizure.BRIEF, 3),
        ("seizure", Seizure.NON_CONVULSIVE_RESOLVED, 3),
        ("seizure", Seizure.PROLONGED, 4),
        ("seizure", Seizure.REPETITIVE, 4),
        ("motor", Motor.DEEP_FOCAL_WEAKNESS, 4),
        ("pressure", Pressure.FOCAL_OEDEMA, 3),
        ("pressure", Pressure.DIFFUSE_OR_RAISED, 4),
    ],
)
def test_the_worst_domain_counts(field, value, expected):
    assert grade(ice=9, **{field: value}) == expected


def test_other_cause_and_death():
    assert grade(ice=0, other_cause=True) == 0
    assert grade(ice=0, death_due_to_icans=True) == 5


@pytest.mark.parametrize(
    "name",
    ["age", "ice", "consciousness", "seizure", "motor", "pressure", "other_cause"]
    + ["death_due_to_icans"],
)
def test_a_missing_input_never_gives_a_grade(name):
    found = icans(RULES, replace(WELL, **{name: None}))
    assert found.grade is None
    assert name in found.missing


def test_death_and_another_cause_are_steps_with_their_answers():
    for name, rule in (("death_due_to_icans", "DEATH"), ("other_cause", "OTHER_CAUSE")):
        for value, shown in ((True, "yes"), (None, "missing")):
            steps = icans(RULES, replace(WELL, **{name: value})).steps
            told = next(s for s in steps if s.rule == f"ICANS.{rule}")
            assert told.inputs == ((name, shown),)
    open_cause = icans(RULES, replace(WELL, ice=0, other_cause=None))
    assert (open_cause.grade, open_cause.at_least) == (None, 0)
    assert next(s for s in open_cause.steps if s.rule == "ICANS.OTHER_CAUSE").possible == (0,)
    with pytest.raises(ValueError, match=r"outside 0\.\.10"):
        grade(ice=11)


def test_what_is_certain_is_shown_beside_a_missing_grade():
    found = icans(RULES, replace(WELL, seizure=Seizure.PROLONGED, motor=None))
    assert (found.grade, found.at_least) == (None, 4)
    assert icans(RULES, replace(WELL, ice=0, other_cause=None)).at_least == 0


def test_ice_points():
    assert ice_score(RULES, IceAnswers(4, 3, 1, 1, 1)) == 10
    assert ice_score(RULES, IceAnswers(0, 0, 0, 0, 0)) == 0
    assert ice_score(RULES, IceAnswers(4, 3, 1, None, 1)) is None
    with pytest.raises(ValueError, match="naming"):
        ice_score(RULES, IceAnswers(4, 4, 1, 1, 1))


@pytest.mark.parametrize("score", [11, -1])
def test_scores_outside_the_scale(score):
    with pytest.raises(ValueError, match="outside"):
        grade(ice=score)


findings = st.builds(
    IcansFindings,
    age=st.none() | st.sampled_from([11, 12]),
    ice=st.none() | st.integers(0, 10),
    capd=st.none() | st.integers(0, 32),
    consciousness=st.none() | st.sampled_from(list(Consciousness)),
    seizure=st.none() | st.sampled_from(list(Seizure)),
    motor=st.none() | st.sampled_from(list(Motor)),
    pressure=st.none() | st.sampled_from(list(Pressure)),
    other_cause=st.none() | st.booleans(),
    death_due_to_icans=st.none() | st.booleans(),
)
VALUES = {
    "age": [11, 12],
    "ice": list(range(11)),
    "capd": [0, 1, 8, 9, 32],
    "consciousness": list(Consciousness),
    "seizure": list(Seizure),
    "motor": list(Motor),
    "pressure": list(Pressure),
}


@given(findings, st.data())
@settings(max_examples=EXAMPLES)
def test_filling_a_gap_never_changes_a_grade_nor_falls_under_the_bound(seen, data):
    found = icans(RULES, seen)
    gaps = [f.name for f in fields(seen) if getattr(seen, f.name) is None]
    # A patient who cannot be roused has no score: that gap is an answer, not an omission.
    if seen.consciousness is Consciousness.UNAROUSABLE:
        gaps = [name for name in gaps if name not in {"ice", "capd"}]
    filled = {n: data.draw(st.sampled_from(VALUES.get(n, [True, False]))) for n in gaps}
    full = icans(RULES, replace(seen, **filled))
    if found.grade is not None:
        assert full.grade == found.grade
    if full.grade is not None:
        assert full.grade >= found.at_least


def test_an_ice_of_zero_in_a_patient_of_unknown_consciousness_is_open_between_3_and_4():
    found = icans(RULES, replace(WELL, ice=0, consciousness=None))
    assert found.grade is None
    (score,) = [one for one in found.steps if one.rule == "ICANS.ICE"]
    assert set(score.possible) == {3, 4}
