"""A licensed table of product codes: what is none is named by its line, nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.product_codes import LONGEST, description_code, read_code_table

CODES = st.from_regex(r"[A-Z][A-Z0-9]{4}", fullmatch=True)
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@given(st.dictionaries(CODES, WORDS, max_size=6), st.sampled_from(["utf-8-sig", "gb18030"]))
def test_every_code_of_a_table_is_read_as_it_is(table: dict[str, str], charset: str) -> None:
    quoted = ['{},"{}"'.format(code, text.replace('"', '""')) for code, text in table.items()]
    found = read_code_table("\r\n".join(["Code,Description", *quoted]).encode(charset))
    assert (found.codes, found.wrong) == (table, ())


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("S1234\tT cells\n\nS1234\tT cells\n", ()),
        ("S1234;a\nS1234;b", (2,)),
        ("s1234,a\nS123,a\nS12345,a\nS1234\n,a", (1, 2, 3, 4, 5)),
        (f"S1234,{'x' * (LONGEST + 1)}", (1,)),
    ],
)
def test_what_is_no_code_with_its_words_is_named(text: str, wrong: tuple[int, ...]) -> None:
    assert read_code_table(text.encode()).wrong == wrong


def test_bytes_of_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="decode"):
        read_code_table(b"S1234,\xff\xff")
    assert description_code("S1234V00") == "S1234"
