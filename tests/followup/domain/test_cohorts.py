"""Words people write for a code in a file of a cohort."""

import pytest

from followup.domain.cohorts import fold, usual


@pytest.mark.parametrize(
    ("code_list", "word", "code"),
    [
        ("informant", "本人", "PATIENT"),
        ("informant", " 亲属 ", "FAMILY"),
        ("vital_status", "健在", "ALIVE"),
        ("disease_status", "复发/进展", "PROGRESSION"),
        ("sex", "女性", "FEMALE"),
        ("yes_no_unknown", "没有", "NO"),
        ("informant", "未知", "UNKNOWN"),
    ],
)
def test_usual_words_stand_for_their_code(code_list: str, word: str, code: str) -> None:
    assert usual(code_list, {"UNKNOWN"})[fold(word)] == code


def test_a_list_without_unknown_takes_no_word_for_it() -> None:
    assert fold("未知") not in usual("contact_type", {"PHONE"})
