"""Where a text names a person: however the number is spaced or written wide."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.erasures import ERASURES, ErasureEvent, ErasureState, traces

KNOWN = traces(["王小安", "Ma Rui", "A"], ["13800138000", "11010519680504002X", "12"])
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@given(
    st.sampled_from(["13800138000", "11010519680504002X"]),
    st.lists(st.sampled_from(["", " ", "-", "\u00a0", "."]), min_size=18, max_size=18),
    st.booleans(),
    st.text(alphabet="患者电话 ,;", max_size=10),
)
def test_a_number_is_seen_through_blanks_dashes_and_wide_digits(number, signs, wide, around):
    text = "".join(a + b for a, b in zip(number, signs, strict=False))
    assert KNOWN.named_in(around + (text.translate(WIDE) if wide else text) + around)


def test_names_are_words_and_short_numbers_are_left_out():
    assert KNOWN.named_in("家属说王 小安昨天来过")
    assert KNOWN.named_in("MA RUI called")
    assert not KNOWN.named_in("12 cycles, A grade")
    assert not KNOWN.named_in("")


def test_what_is_too_short_to_tell_anybody_apart_is_not_searched_for():
    assert traces(["王五"], ["12345"]) == traces(["王五", "王"], ["12345", "1234"])
    assert traces(["王五"], []).named_in("见王五")
    assert traces([], ["12345"]).named_in("no. 1-2345")
    assert not traces([], []).named_in_parts(["王五", "12345"])


def test_what_is_erased_stays_so():
    assert not ERASURES.allowed(ErasureState.DONE)
    assert ERASURES.step(ErasureState.ASKED, ErasureEvent.CONFIRM) is ErasureState.ERASING
    assert ERASURES.allowed(ErasureState.ERASING) == (ErasureEvent.FINISH,)


@given(
    st.lists(
        st.sampled_from(
            [
                "王小",
                "安",
                "Ma ",
                "Rui",
                "138 0013",
                "-8000",
                "e",
                "\u0301",
                "１",
                "\u1161",
                "ㄱ",
                "\n",
                "ﬁ",
            ]
        ),
        max_size=12,
    ),
    st.lists(st.integers(0, 40), max_size=8),
)
def test_a_text_in_parts_names_whom_the_whole_text_names(pieces, cuts):
    known = traces(["王小安", "Ma Rui", "éfi"], ["13800138000"])
    text = "".join(pieces)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    parts = [text[a:b] for a, b in pairwise(places)]
    assert known.named_in_parts(parts) == known.named_in(text)
