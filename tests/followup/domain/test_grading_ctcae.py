"""CTCAE laboratory grades at every boundary, and IEC-HS."""

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.assessments import Quantity
from followup.domain.grading import (
    CtcaeCrs,
    IecHsFindings,
    IecHsSeverity,
    MalignancyCourse,
    Scale,
    ctcae_crs_grade,
    iec_hs,
    iec_hs_definition,
    laboratory_grade,
    read_grading_rules,
    second_malignancy_grade,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_grading_rules(json.loads(DATA.read_text(encoding="utf-8")))
LAB = RULES.ctcae.laboratory
LLN = {"anc": "1.8", "plt": "125", "hb": "130", "wbc": "3.5", "alc": "1.1"}


def grade(item, value, *, lln="given", life_threatening=False):
    limit = LLN[item] if lln == "given" else lln
    return laboratory_grade(
        LAB[item],
        Quantity.read(value) if value else None,
        lower_limit=Decimal(limit) if limit else None,
        life_threatening=life_threatening,
    )


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        *[("anc", v, g) for v, g in [("1.8", 0), ("1.79", 1), ("1.5", 1), ("1.49", 2)]],
        *[("anc", v, g) for v, g in [("1.0", 2), ("0.99", 3), ("0.5", 3), ("0.49", 4), ("0", 4)]],
        *[("plt", v, g) for v, g in [("125", 0), ("124", 1), ("75", 1), ("74.9", 2), ("50", 2)]],
        *[("plt", v, g) for v, g in [("49.9", 3), ("25", 3), ("24.9", 4)]],
        *[("hb", v, g) for v, g in [("130", 0), ("129", 1), ("100", 1), ("99.9", 2), ("80", 2)]],
        *[("hb", v, g) for v, g in [("79.9", 3), ("20", 3)]],
        *[("wbc", v, g) for v, g in [("3.5", 0), ("3.49", 1), ("3.0", 1), ("2.99", 2)]],
        *[("wbc", v, g) for v, g in [("2.0", 2), ("1.99", 3), ("1.0", 3), ("0.99", 4)]],
        *[("alc", v, g) for v, g in [("1.1", 0), ("1.09", 1), ("0.8", 1), ("0.79", 2)]],
        *[("alc", v, g) for v, g in [("0.5", 2), ("0.49", 3), ("0.2", 3), ("0.19", 4)]],
    ],
)
def test_every_boundary(item, value, expected):
    found = grade(item, value)
    assert (found.grade, found.scale) == (expected, Scale.CTCAE_5)


def test_the_lower_limit_is_asked_only_where_it_matters():
    assert grade("anc", "1.4", lln=None).grade == 2
    for value in ("1.5", "1.7", "9"):
        found = grade("anc", value, lln=None)
        assert (found.grade, found.missing) == (None, ("lower_limit",))


def test_haemoglobin_grade_4_is_clinical():
    assert grade("hb", "79", life_threatening=True).grade == 4
    assert grade("hb", "95", life_threatening=True).grade == 4
    assert grade("hb", "140", life_threatening=True).grade == 0
    assert grade("hb", "105", life_threatening=True).grade == 4
    found = grade("hb", "79", life_threatening=None)
    assert (found.grade, found.at_least, found.missing) == (None, 3, ("life_threatening",))
    assert grade("hb", "95", life_threatening=None).grade == 2
    # 105 may be normal: what threatens life is then no anaemia.
    found = grade("hb", "105", lln=None, life_threatening=True)
    assert (found.grade, found.at_least, found.missing) == (None, 0, ("lower_limit",))
    assert ("life_threatening", "yes") in found.steps[0].inputs
    assert not [n for n, _ in grade("anc", "1.2").steps[0].inputs if n == "life_threatening"]
    assert grade("hb", None).at_least == 0


def test_bounds_are_never_zero():
    assert grade("wbc", "<0.1").grade == 4
    found = grade("anc", "<1.0")
    assert (found.grade, found.at_least) == (None, 3)
    assert grade("anc", ">10").grade == 0
    found = grade("anc", ">1.2")
    assert (found.grade, found.at_least) == (None, 0)


def test_no_value_no_grade():
    found = grade("plt", None)
    assert (found.grade, found.missing) == (None, ("plt",))


@given(
    st.sampled_from(sorted(LLN)),
    st.decimals(0, 300, places=2),
    st.decimals(0, 300, places=2),
)
@settings(max_examples=EXAMPLES)
def test_a_lower_value_is_never_graded_milder(item, one, other):
    low, high = sorted((one, other))
    worse, milder = grade(item, str(low)).grade, grade(item, str(high)).grade
    assert worse >= milder


@given(
    st.sampled_from(sorted(LLN)),
    st.sampled_from(("", "<", ">")),
    st.decimals(0, 300, places=2),
    st.decimals(1, 200, places=1),
    st.booleans(),
)
@settings(max_examples=EXAMPLES)
def test_filling_a_gap_never_falls_under_the_bound(item, sign, value, lln, life_threatening):
    text = f"{sign}{value}"
    whole = grade(item, text, lln=str(lln), life_threatening=life_threatening)
    for limit, life in ((None, life_threatening), (str(lln), None), (None, None)):
        gap = grade(item, text, lln=limit, life_threatening=life)
        assert gap.at_least <= whole.at_least
        if gap.grade is not None and life is life_threatening:
            assert gap.grade == whole.grade


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (MalignancyCourse.NOT_LIFE_THREATENING, 3),
        (MalignancyCourse.LIFE_THREATENING, 4),
        (MalignancyCourse.DEATH, 5),
        (None, None),
    ],
)
def test_second_malignancy(course, expected):
    found = second_malignancy_grade(RULES.ctcae, course)
    assert (found.grade, found.at_least >= 3) == (expected, True)


def test_ctcae_crs_is_another_scale():
    assert [ctcae_crs_grade(RULES.ctcae, f).grade for f in CtcaeCrs] == [1, 2, 3, 4, 5]
    assert ctcae_crs_grade(RULES.ctcae, None).grade is None
    assert ctcae_crs_grade(RULES.ctcae, CtcaeCrs.FEVER_ONLY).scale is Scale.CTCAE_5


SEEN = IecHsFindings(
    ferritin=Quantity.of(1001),
    ferritin_uln=Decimal(500),
    ferritin_baseline=None,
    ferritin_rapidly_rising=None,
    transaminases_times=Decimal("5.1"),
    fibrinogen=Quantity.of("2.0"),
    fibrinogen_lln=Decimal("1.8"),
    haemophagocytosis=False,
    cytopenia_grade_4=False,
    triglycerides=None,
    other=frozenset({"fever"}),
    explained_otherwise=False,
)


def met(**changes):
    return iec_hs_definition(RULES.iec_hs, replace(SEEN, **changes))


def test_iec_hs_definition():
    assert met().met is True
    assert met().common == ("transaminases",)
    assert met(triglycerides=Quantity.of("3.1")).other == ("fever", "triglycerides")
    assert met(ferritin_uln=None, ferritin_rapidly_rising=True).met is True
    assert met(ferritin_uln=None, ferritin_baseline=Decimal(400)).met is True


@pytest.mark.parametrize(
    "changes",
    [
        {"ferritin": Quantity.of(1000), "ferritin_baseline": Decimal(500)}
        | {"ferritin_rapidly_rising": False},
        {"transaminases_times": Decimal(5)},
        {"explained_otherwise": True},
    ],
)
def test_iec_hs_not_met(changes):
    definition = met(**changes)
    assert definition.met is False
    assert iec_hs(RULES.iec_hs, definition, None).grade == 0


def test_iec_hs_open():
    definition = met(ferritin=None)
    assert (definition.met, definition.missing) == (None, ("ferritin",))
    found = iec_hs(RULES.iec_hs, definition, IecHsSeverity.SEVERE)
    assert (found.grade, found.at_least) == (None, 0)
    assert met(transaminases_times=None).missing == ("transaminases",)
    assert met(transaminases_times=None, fibrinogen=Quantity.of("1.49")).met is True
    well = {"transaminases_times": Decimal(1), "fibrinogen": Quantity.of("1.5")}
    assert met(**well, fibrinogen_lln=Decimal("1.5")).met is False
    assert met(**well, fibrinogen_lln=Decimal("1.51")).met is True
    opened = met(**well, fibrinogen_lln=None)
    assert (opened.met, opened.missing) == (None, ("fibrinogen_lln",))
    assert met(**well | {"fibrinogen": Quantity.of("1.49")}, fibrinogen_lln=None).met is True


def test_iec_hs_grades():
    grades = [iec_hs(RULES.iec_hs, met(), severity).grade for severity in IecHsSeverity]
    assert grades == [1, 2, 3, 4, 5]
    assert iec_hs(RULES.iec_hs, met(), None).grade is None
