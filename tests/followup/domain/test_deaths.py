"""A code of ICD-10 is judged by its shape and written in one way; text that is none is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.deaths import cause, icd10

codes = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{1,3})?", fullmatch=True)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("  ", ""),
        ("I61.9", "I61.9"),
        ("i61.9", "I61.9"),
        ("I619", "I61.9"),
        ("Ｉ６１．９", "I61.9"),
        (" c83 .3 ", "C83.3"),
        ("C83", "C83"),
        ("U07.1", "U07.1"),
        ("c83.300X001", "C83.300x001"),
        ("I", None),
        ("I6", None),
        ("61.9", None),
        ("I61.", None),
        ("I61.9, C83.3", None),
        ("脑出血", None),
        ("I61.9 脑出血", None),
        ("I61.9999", None),
        ("8A05", None),
        ("10011906", None),
    ],
)
def test_a_code_has_the_shape_of_icd_10(typed: str, stored: str | None) -> None:
    assert icd10(typed) == stored


@given(codes)
def test_a_code_written_without_marks_is_the_same_code_and_is_stored_once(code: str) -> None:
    assert icd10(code) == code
    assert icd10(code.replace(".", "").lower()) == code
    assert icd10(f" {code} ") == code


@given(st.text(string.printable + "Ａ脑．", max_size=16))
def test_what_is_stored_stays_what_it_is_and_fits_its_column(text: str) -> None:
    stored = icd10(text)
    if stored is not None:
        assert icd10(stored) == stored
        assert len(stored) <= 12


def test_a_cause_is_told_with_its_code_behind_the_words() -> None:
    assert cause("脑出血", "I61.9") == "脑出血 (ICD-10 I61.9)"
    assert cause("脑出血", "") == "脑出血"
    assert cause("", "I61.9") == "ICD-10 I61.9"
    assert cause("", "") == ""
