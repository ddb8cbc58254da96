"""Quantities with bounds, and the flags of long-term monitoring."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.assessments import (
    Answer,
    Quantity,
    Relation,
    b_cell_aplasia,
    hypogammaglobulinaemia,
    low_cd4,
    read_assessment_rules,
    vector_positive,
)

DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_assessment_rules(json.loads(DATA.read_text(encoding="utf-8"))).markers
YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN


def q(text):
    return None if text is None else Quantity.read(text)


@pytest.mark.parametrize("text", ["", "x", "-1", "<", "1,5", "1e3", "NaN"])
def test_what_is_no_quantity(text):
    with pytest.raises(ValueError, match="quantity"):
        Quantity.read(text)


def test_an_exact_quantity_needs_its_number():
    with pytest.raises(ValueError, match="number"):
        Quantity(None)
    assert Quantity(None, Relation.BELOW).below(Decimal(5)) is None
    assert str(q("＜0.1")) == "<0.1"


@given(
    st.decimals(0, 10, places=1),
    st.sampled_from(list(Relation)),
    st.decimals(0, 10, places=1),
    st.decimals(0, 20, places=2),
)
def test_an_answer_holds_for_every_value_behind_the_report(number, relation, limit, true):
    fits = {
        "=": true == number,
        "<": true < number,
        "≤": true <= number,
        ">": true > number,
        "≥": true >= number,
    }[relation.value]
    reported = Quantity(number, relation)
    if fits:
        assert reported.below(limit) in {None, true < limit}
        assert reported.at_most(limit) in {None, true <= limit}
        assert reported.above(limit) in {None, true > limit}
        assert reported.at_least(limit) in {None, true >= limit}


@pytest.mark.parametrize(
    ("count", "percent", "answer"),
    [
        ("9.9", None, YES),
        ("10", None, NO),
        ("<10", None, YES),
        ("<20", None, UNKNOWN),
        (None, None, UNKNOWN),
        (None, "0.9", YES),
        (None, "1", UNKNOWN),
        (None, "2.9", UNKNOWN),
        (None, "3", NO),
        ("50", "0.5", NO),
    ],
)
def test_b_cell_aplasia(count, percent, answer):
    assert b_cell_aplasia(RULES, q(count), q(percent)).answer is answer


@pytest.mark.parametrize(
    ("igg", "replacement", "answer"),
    [
        ("3.99", False, YES),
        ("3.99", None, YES),
        ("4.0", False, NO),
        ("4.0", True, UNKNOWN),
        ("4.0", None, UNKNOWN),
        (None, False, UNKNOWN),
    ],
)
def test_hypogammaglobulinaemia(igg, replacement, answer):
    assert hypogammaglobulinaemia(RULES, q(igg), replacement).answer is answer


@pytest.mark.parametrize(
    ("cd4", "answer"), [("199", YES), ("200", NO), (None, UNKNOWN), ("<200", YES)]
)
def test_low_cd4(cd4, answer):
    flag = low_cd4(RULES, q(cd4))
    assert flag.answer is answer
    assert bool(flag.missing) is (answer is UNKNOWN)


@pytest.mark.parametrize(
    ("copies", "vcn", "answer"),
    [
        ("1515", "1", NO),
        ("1516", "1", YES),
        ("3030", "2", NO),
        ("3031", "2", YES),
        ("1000", None, NO),
        ("1516", None, UNKNOWN),
        ("<50", None, NO),
        ("<5000", "1", UNKNOWN),
        (None, "1", UNKNOWN),
    ],
)
def test_one_percent_vector_positive_from_copies(copies, vcn, answer):
    flag = vector_positive(RULES, copies_per_ug=q(copies), vcn=Decimal(vcn) if vcn else None)
    assert flag.answer is answer


@pytest.mark.parametrize(("percent", "answer"), [("0.99", NO), ("1", YES), ("<1", NO)])
def test_one_percent_measured(percent, answer):
    flag = vector_positive(RULES, copies_per_ug=None, vcn=None, percent_positive=q(percent))
    assert flag.answer is answer


def test_a_positive_cell_carries_a_copy():
    with pytest.raises(ValueError, match="copy"):
        vector_positive(RULES, copies_per_ug=q("1"), vcn=Decimal("0.5"))
