"""Numbers as laboratories write them: a bound never becomes a bare number."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.samples import Comparator, read_reported, unit_fits

C = Comparator


@pytest.mark.parametrize(
    ("text", "comparator", "number", "unit"),
    [
        ("6.5", C.EXACT, "6.5", ""),
        ("1,520.5", C.EXACT, "1520.5", ""),
        ("１，５２０．５", C.EXACT, "1520.5", ""),
        ("<50", C.BELOW, "50", ""),
        ("＜ ５０", C.BELOW, "50", ""),
        ("< 50 copies", C.BELOW, "50", "copies"),
        ("<50 拷贝/μg DNA", C.BELOW, "50", "拷贝/μg dna"),
        ("小于50", C.BELOW, "50", ""),
        ("低于 0.01%", C.BELOW, "0.01", "%"),
        ("≤0.5", C.AT_MOST, "0.5", ""),
        ("<= 0.5", C.AT_MOST, "0.5", ""),
        ("≦0.5", C.AT_MOST, "0.5", ""),
        (">10^6", C.ABOVE, "1000000", ""),
        ("＞10⁶", C.ABOVE, "1000000", ""),
        (">1.5×10^6 copies/ug", C.ABOVE, "1500000", "copies/ug"),
        ("1.2E6", C.EXACT, "1200000", ""),
        ("1.2×10⁻³", C.EXACT, "0.0012", ""),
        ("10⁻⁵", C.EXACT, "0.00001", ""),
        ("≥100", C.AT_LEAST, "100", ""),
        ("大于等于100", C.AT_LEAST, "100", ""),
        ("未检出", C.NOT_DETECTED, None, ""),
        ("ND", C.NOT_DETECTED, None, ""),
        ("Not detected", C.NOT_DETECTED, None, ""),
        ("<LOD", C.NOT_DETECTED, None, ""),
        ("低于检出限", C.NOT_DETECTED, None, ""),
        ("<LLOQ", C.NOT_QUANTIFIABLE, None, ""),
        ("低于定量限", C.NOT_QUANTIFIABLE, None, ""),
    ],
)
def test_what_laboratories_write(text, comparator, number, unit) -> None:
    read = read_reported(text)
    assert read.comparator is comparator
    assert read.number == (None if number is None else Decimal(number))
    assert read.unit == unit


@pytest.mark.parametrize(
    "text",
    ["", "1,5", "abc", "<", "5-10", "50<", "<<50", "<>50", "1.2.3", "106 107", "±5", "1e", "10^"],
)
def test_what_nobody_can_be_sure_of_is_refused(text) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        read_reported(text)


@given(
    number=st.decimals("0.000001", "9999999999", allow_nan=False, places=6),
    sign=st.sampled_from(["<", "≤", ">", "≥", ""]),
    blank=st.sampled_from(["", " "]),
)
def test_the_sign_and_the_number_both_come_back(number, sign, blank) -> None:
    read = read_reported(f"{sign}{blank}{number:f}")
    assert (read.comparator.value, read.number) == (sign, number)


def test_units() -> None:
    assert unit_fits("", "%")
    assert unit_fits("copies", "copies/ug DNA")
    assert unit_fits("拷贝/μg DNA", "copies/ug DNA")
    assert not unit_fits("%", "copies/ug DNA")
    assert not unit_fits("copies", "%")
