"""Identity documents other than the resident card: form, check, and what stays when renewed."""

import json
from datetime import date
from pathlib import Path

import pytest

from followup.domain.identity import NationalIdError, NationalIdProblem
from followup.domain.identity.documents import kinds_of, read_document

PLACE = Path(__file__).parents[3] / "followup" / "reference" / "code_lists.json"
LISTS = json.loads(PLACE.read_text(encoding="utf-8"))["code_lists"]
ITEMS = next(row["items"] for row in LISTS if row["code"] == "identity_document")
KINDS = kinds_of({row["code"]: row for row in ITEMS})


def test_a_renewed_permit_is_the_document_of_the_same_person():
    first = read_document("h1234567801", KINDS["HK_MACAO_PERMIT"])
    second = read_document("H 12345678 02", KINDS["HK_MACAO_PERMIT"])
    assert first.number != second.number
    assert first.key == second.key == "HK_MACAO_PERMIT:H12345678"
    assert (first.unique, first.birth_date, first.sex) == (True, None, "")


def test_a_residence_permit_says_birth_and_sex_and_has_a_check_character():
    # Weights of GB 11643: 56+9+2+9+54+9+5+8+8+6 = 166, 166 mod 11 = 1, check character 0.
    read = read_document("810000199001011230", KINDS["RESIDENCE_PERMIT"])
    assert (read.birth_date, read.sex) == (date(1990, 1, 1), "MALE")
    with pytest.raises(NationalIdError) as caught:
        read_document("810000199001011239", KINDS["RESIDENCE_PERMIT"])
    assert caught.value.code is NationalIdProblem.CHECK_DIGIT
    with pytest.raises(NationalIdError) as caught:
        read_document("810000199001011230", KINDS["RESIDENCE_PERMIT"], not_after=date(1989, 12, 31))
    assert caught.value.code is NationalIdProblem.FUTURE_BIRTH


def test_the_resident_card_keeps_the_key_it_always_had():
    read = read_document("11010519491231002x", KINDS["RESIDENT_ID"])  # the standard's example
    assert (read.key, read.birth_date) == ("11010519491231002X", date(1949, 12, 31))


@pytest.mark.parametrize(
    ("text", "problem"),
    [(" ", NationalIdProblem.EMPTY), ("H12", NationalIdProblem.CHARACTERS)],
)
def test_a_number_of_another_form_is_refused(text, problem):
    with pytest.raises(NationalIdError) as caught:
        read_document(text, KINDS["HK_MACAO_PERMIT"])
    assert caught.value.code is problem


def test_a_kind_without_a_pattern_takes_any_number_and_no_sign():
    (kind,) = kinds_of({"OTHER": {}}).values()
    assert read_document("ab 123", kind).key == "OTHER:AB123"
    assert not read_document("ab123", kind).unique
    with pytest.raises(NationalIdError):
        read_document("AB*123", kind)
