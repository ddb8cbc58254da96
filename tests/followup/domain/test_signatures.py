"""The bytes that are signed: the same for the same record, other for any other."""

from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.signatures import (
    Content,
    SignedLine,
    changed,
    leaves,
    lines_of,
    sha256,
    state_of,
    text_of,
)

TEXTS = st.text(max_size=8)
LINES = st.lists(
    st.builds(SignedLine, TEXTS, TEXTS, TEXTS, TEXTS), max_size=6, unique_by=lambda x: x.name
)
CONTENTS = st.builds(
    Content, st.just("case"), st.just("1"), st.just("t"), st.just("en"), LINES.map(tuple)
)


@given(CONTENTS, CONTENTS)
def test_two_contents_have_one_hash_only_when_they_are_one(a: Content, b: Content) -> None:
    one, other = (normalize("NFC", repr(content)) for content in (a, b))
    assert (sha256(text_of(a)) == sha256(text_of(b))) is (one == other)


@given(CONTENTS, TEXTS)
def test_the_language_is_no_change_and_a_value_is_one(content: Content, other: str) -> None:
    def again(**values: str) -> Content:
        lines = tuple(
            SignedLine(
                x.name,
                values.get("label", x.label),
                values.get("shown", x.shown),
                values.get("raw", x.raw),
            )
            for x in content.lines
        )
        return Content("case", "1", "t", "zh-hans", lines)

    assert state_of(again(label=other, shown=other)) == state_of(content)
    if any(line.raw != other for line in content.lines):
        differing = again(raw=other)
        assert changed(content.lines, differing.lines)


def test_values_never_flow_into_each_other() -> None:
    one = Content(
        "case", "1", "t", "en", (SignedLine("a", "", "", "b"), SignedLine("c", "", "", "d"))
    )
    other = Content(
        "case", "1", "t", "en", (SignedLine("a", "", "", 'b"],["c"'), SignedLine("", "", "", "d"))
    )
    assert state_of(one) != state_of(other)


@given(CONTENTS)
def test_what_is_kept_is_what_was_shown(content: Content) -> None:
    kept = lines_of(text_of(content))
    assert [line.name for line in kept] == [x.name for x in lines_of(text_of(content))]
    assert len(kept) == len(content.lines)


def test_an_empty_part_of_a_document_is_a_value() -> None:
    found = dict(leaves("m", {"a": [1, {}], "b": None}))
    assert found == {"m.a[1]": 1, "m.a[2]": {}, "m.b": None}


def test_an_added_and_a_removed_line_are_changes() -> None:
    before, after = [SignedLine("a", "A", "1", "1")], [SignedLine("b", "B", "2", "2")]
    assert changed(before, after) == [("A", "1", ""), ("B", "", "2")]
