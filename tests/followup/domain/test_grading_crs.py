"""CRS on the ASTCT scale: every cell of the table, entry, and what a missing input does."""

import json
import os
from dataclasses import fields, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.grading import CrsFindings, Oxygen, Scale, crs, read_grading_rules

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_grading_rules(json.loads(DATA.read_text(encoding="utf-8"))).crs

FEVER = CrsFindings(
    temperature=Decimal("38.0"),
    fever_other_cause=False,
    treated=False,
    fever_earlier=False,
    hypotension=False,
    vasopressors=0,
    vasopressin=False,
    oxygen=Oxygen.NONE,
    flow=None,
    death_due_to_crs=False,
)


def grade(**changes):
    return crs(RULES, replace(FEVER, **changes)).grade


@pytest.mark.parametrize(
    ("temperature", "expected"), [("37.9", 0), ("37.99", 0), ("38.0", 1), ("41", 1)]
)
def test_fever_from_38_0(temperature, expected):
    assert grade(temperature=Decimal(temperature)) == expected


@pytest.mark.parametrize(
    ("vasopressors", "vasopressin", "expected"),
    [(0, False, 2), (1, False, 3), (1, True, 3), (0, True, 3), (2, False, 4), (3, True, 4)],
)
def test_hypotension(vasopressors, vasopressin, expected):
    found = grade(hypotension=True, vasopressors=vasopressors, vasopressin=vasopressin)
    assert found == expected


@pytest.mark.parametrize(
    ("oxygen", "flow", "expected"),
    [
        (Oxygen.NONE, None, 1),
        (Oxygen.NASAL_CANNULA, "0.5", 2),
        (Oxygen.NASAL_CANNULA, "6", 2),
        (Oxygen.NASAL_CANNULA, "6.1", 3),
        (Oxygen.BLOW_BY, None, 2),
        (Oxygen.FACE_MASK, None, 3),
        (Oxygen.NON_REBREATHER, None, 3),
        (Oxygen.VENTURI, None, 3),
        (Oxygen.CPAP, None, 4),
        (Oxygen.BIPAP, None, 4),
        (Oxygen.VENTILATION, None, 4),
    ],
)
def test_hypoxia(oxygen, flow, expected):
    assert grade(oxygen=oxygen, flow=Decimal(flow) if flow else None) == expected


def test_the_worse_of_the_two_counts():
    assert grade(hypotension=True, vasopressors=1, oxygen=Oxygen.BLOW_BY) == 3
    assert grade(hypotension=True, oxygen=Oxygen.CPAP) == 4


def test_no_entry_without_fever():
    shock = {"temperature": Decimal(37), "hypotension": True, "vasopressors": 2}
    assert grade(**shock) == 0
    assert grade(**shock, treated=True, fever_earlier=False) == 0
    assert grade(temperature=Decimal(39), fever_other_cause=True, hypotension=True) == 0


def test_after_treatment_fever_is_no_longer_required():
    shock = {"temperature": Decimal(37), "hypotension": True, "treated": True}
    assert grade(**shock, fever_earlier=True) == 2
    assert grade(**shock, fever_earlier=None) is None


def test_death():
    found = crs(RULES, replace(FEVER, death_due_to_crs=True))
    assert (found.grade, found.scale) == (5, Scale.ASTCT_CRS)


@pytest.mark.parametrize(
    ("gap", "missing", "at_least"),
    [
        ({"hypotension": None, "vasopressors": None, "vasopressin": None}, "hypotension", 1),
        ({"oxygen": None}, "oxygen", 1),
        ({"oxygen": Oxygen.NASAL_CANNULA}, "flow", 2),
        ({"hypotension": True, "vasopressors": None}, "vasopressors", 2),
        ({"hypotension": True, "vasopressin": None}, "vasopressin", 2),
        ({"temperature": None}, "temperature", 0),
        ({"fever_other_cause": None}, "fever_other_cause", 0),
        ({"death_due_to_crs": None}, "death_due_to_crs", 1),
        ({"oxygen": Oxygen.VENTILATION, "hypotension": None}, "hypotension", 4),
    ],
)
def test_a_missing_input_never_gives_a_grade(gap, missing, at_least):
    found = crs(RULES, replace(FEVER, **gap))
    assert (found.grade, found.at_least) == (None, at_least)
    assert missing in found.missing


@pytest.mark.parametrize(
    ("gap", "missing"),
    [
        ({"temperature": None, "treated": None}, ("temperature",)),
        ({"temperature": None, "fever_other_cause": None}, ("temperature", "fever_other_cause")),
        ({"temperature": Decimal(37), "treated": True, "fever_earlier": None}, ("fever_earlier",)),
        ({"temperature": Decimal(37), "treated": None, "fever_earlier": True}, ("treated",)),
    ],
)
def test_entry_asks_only_for_what_would_decide_it(gap, missing):
    entry = next(s for s in crs(RULES, replace(FEVER, **gap)).steps if "ENTRY" in s.rule)
    assert (entry.rule, entry.missing) == ("CRS.ENTRY_OPEN", missing)


@pytest.mark.parametrize(("vasopressors", "expected"), [(2, 4), (1, 3)])
def test_vasopressin_is_not_asked_where_vasopressors_decide(vasopressors, expected):
    found = crs(
        RULES, replace(FEVER, hypotension=True, vasopressors=vasopressors, vasopressin=None)
    )
    assert (found.grade, found.missing) == (expected, ())


def test_death_is_a_step_with_its_answer():
    said = [crs(RULES, replace(FEVER, death_due_to_crs=death)).steps for death in (True, None)]
    inputs = [next(s.inputs for s in steps if s.rule == "CRS.DEATH") for steps in said]
    assert inputs == [(("death_due_to_crs", "yes"),), (("death_due_to_crs", "missing"),)]


def test_a_contradiction_is_no_grade():
    found = crs(RULES, replace(FEVER, hypotension=False, vasopressors=1))
    assert found.grade is None
    assert found.missing == ("hypotension contradicts vasopressors",)


def test_the_reasoning_is_shown_with_its_source():
    found = crs(RULES, replace(FEVER, hypotension=True, vasopressors=1))
    by_rule = {step.rule: step for step in found.steps}
    assert by_rule["CRS.HYPOTENSION"].possible == (3,)
    assert ("vasopressors", "1") in by_rule["CRS.HYPOTENSION"].inputs
    assert all("Lee" in step.citation for step in found.steps)
    assert found.version == "ASTCT 2019"


findings = st.builds(
    CrsFindings,
    temperature=st.none() | st.sampled_from([Decimal("37.9"), Decimal("38.0")]),
    fever_other_cause=st.none() | st.booleans(),
    treated=st.none() | st.booleans(),
    fever_earlier=st.none() | st.booleans(),
    hypotension=st.none() | st.booleans(),
    vasopressors=st.none() | st.integers(0, 3),
    vasopressin=st.none() | st.booleans(),
    oxygen=st.none() | st.sampled_from(list(Oxygen)),
    flow=st.none() | st.sampled_from([Decimal(6), Decimal(7)]),
    death_due_to_crs=st.none() | st.booleans(),
)
VALUES = {
    "temperature": [Decimal("37.9"), Decimal("38.0")],
    "vasopressors": [0, 1, 2],
    "oxygen": list(Oxygen),
    "flow": [Decimal(6), Decimal(7)],
}


@given(findings, st.data())
@settings(max_examples=EXAMPLES)
def test_filling_a_gap_never_changes_a_grade_nor_falls_under_the_bound(seen, data):
    found = crs(RULES, seen)
    gaps = [f.name for f in fields(seen) if getattr(seen, f.name) is None]
    filled = {n: data.draw(st.sampled_from(VALUES.get(n, [True, False]))) for n in gaps}
    full = crs(RULES, replace(seen, **filled))
    if found.grade is not None:
        assert full.grade in {found.grade, None}
    if full.grade is not None:
        assert full.grade >= found.at_least
