"""Identity numbers and telephone numbers: form, check, normal form."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.identity import (
    NationalIdError,
    NationalIdProblem,
    PhoneError,
    PhoneProblem,
    check_digit,
    normalise_phone,
    phone_tokens,
    read_national_id,
)


def test_the_example_of_the_standard():
    found = read_national_id("11010519491231002X")
    assert (found.birth_date, found.sex) == (date(1949, 12, 31), "FEMALE")


def test_full_width_spaces_and_lower_case_are_folded():
    assert read_national_id("１１０１０５ １９４９１２３１ ００２ｘ").number == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", NationalIdProblem.EMPTY),
        ("  ", NationalIdProblem.EMPTY),
        ("110105491231002", NationalIdProblem.FIFTEEN),
        ("11010519491231002×", NationalIdProblem.LOOKALIKE),
        ("11010519491231002Х", NationalIdProblem.LOOKALIKE),
        ("11010519491231002XX", NationalIdProblem.LENGTH),
        ("1101051949123100X2", NationalIdProblem.CHARACTERS),
        ("11010519491331002X", NationalIdProblem.BIRTH_DATE),
        ("110105194902290021", NationalIdProblem.BIRTH_DATE),
        ("110105194912310021", NationalIdProblem.CHECK_DIGIT),
    ],
)
def test_problems_have_codes(text, problem):
    with pytest.raises(NationalIdError) as caught:
        read_national_id(text)
    assert caught.value.code is problem
    assert not text.strip() or text not in str(caught.value)


def test_a_birth_after_the_given_day_is_refused():
    with pytest.raises(NationalIdError) as caught:
        read_national_id("11010519491231002X", not_after=date(1949, 12, 30))
    assert caught.value.code is NationalIdProblem.FUTURE_BIRTH
    assert read_national_id("11010519491231002X", not_after=date(1949, 12, 31))


def _sum_check(number):
    """The printed weights of the standard, for comparison."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(number, weights, strict=True)) % 11]


@given(st.text(alphabet="0123456789", min_size=17, max_size=17))
def test_the_check_digit_equals_the_printed_weights(number):
    assert check_digit(number) == _sum_check(number)


@given(
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
    st.integers(0, 16),
    st.integers(1, 9),
)
def test_every_single_wrong_digit_is_found(born, serial, place, shift):
    first = f"110105{born:%Y%m%d}{serial:03d}"
    good = first + check_digit(first)
    wrong = good[:place] + str((int(good[place]) + shift) % 10) + good[place + 1 :]
    assert read_national_id(good).birth_date == born
    with pytest.raises(NationalIdError):
        read_national_id(wrong)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("139 1234 4410", "13912344410"),
        ("+86 139-1234-4410", "13912344410"),
        ("8613912344410", "13912344410"),
        ("008613912344410", "13912344410"),
        ("１３９１２３４４４１０", "13912344410"),
        ("(010) 6234-5678", "01062345678"),
        ("+86 10 6234 5678", "01062345678"),
        ("0571-8765432", "05718765432"),
        ("010-62345678转801", "01062345678x801"),
        ("010-62345678 ext. 801", "01062345678x801"),
        ("400-820-1234", "4008201234"),
        ("62345678", "62345678"),
        ("010-62345678-801", "01062345678x801"),
        ("010 6234 5678 - 801", "01062345678x801"),
        ("0571-8765432-12", "05718765432x12"),
        ("+86 10-62345678-801", "01062345678x801"),
        ("(021)64377134-8001", "02164377134x8001"),
        ("62345678-801", "62345678x801"),
        ("013912345678", "13912345678"),
        ("+86 013912345678", "13912345678"),
        ("+86 4008123456", "4008123456"),
        ("0086 400-812-3456", "4008123456"),
        ("\u202a139\u200b12344410\u202c", "13912344410"),
        ("+1 (202) 555-0101", "+12025550101"),
        ("0012025550101", "+12025550101"),
    ],
)
def test_phones(typed, stored):
    assert normalise_phone(typed) == stored
    assert normalise_phone(stored) == stored


@given(
    st.sampled_from(["010", "021", "0571", "0755"]),
    st.one_of(st.integers(2_000_000, 9_999_999), st.integers(20_000_000, 99_999_999)),
    st.one_of(st.none(), st.integers(1, 999_999)),
)
def test_a_landline_with_or_without_extension_has_one_form(area, line, extension):
    whole = f"{area}{line}"
    if extension is None:
        assert normalise_phone(f"{area}-{line}") == whole
        return
    for mark in ("-", " - ", "转", "x", " ext. ", "—"):
        stored = normalise_phone(f"{area}-{line}{mark}{extension}")
        assert stored == f"{whole}x{extension}"
        assert normalise_phone(stored) == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (" ", PhoneProblem.EMPTY),
        ("手机", PhoneProblem.CHARACTERS),
        ("1391234441a", PhoneProblem.CHARACTERS),
        ("1391234441", PhoneProblem.LENGTH),
        ("12912344410", PhoneProblem.LENGTH),
        ("139123444100", PhoneProblem.LENGTH),
        ("+1", PhoneProblem.LENGTH),
    ],
)
def test_what_is_no_phone(typed, problem):
    with pytest.raises(PhoneError) as caught:
        normalise_phone(typed)
    assert caught.value.code is problem


def test_a_check_digit_is_that_of_17_digits():
    for text in ("1101051949123100", "1101051949123100२", "11010519491231002X"):
        with pytest.raises(ValueError, match="17 digits"):
            check_digit(text)


def test_a_mobile_telephone_has_no_extension():
    with pytest.raises(PhoneError) as caught:
        normalise_phone("13912345678转801")
    assert caught.value.code is PhoneProblem.LENGTH


@pytest.mark.parametrize(
    ("stored", "tokens"),
    [
        ("01062345678x801", {"01062345678x801", "01062345678", "62345678", "5678"}),
        ("057187654321", {"057187654321", "87654321", "4321"}),
        ("13912345678", {"13912345678", "5678"}),
        ("+85223456789", {"+85223456789", "6789"}),
    ],
)
def test_a_number_is_found_however_its_call_is_displayed(stored, tokens):
    assert phone_tokens(stored) == tokens
