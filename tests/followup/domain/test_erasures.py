"""Where a text names a person: however the number is spaced or written wide."""

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


def test_what_is_erased_stays_so():
    assert not ERASURES.allowed(ErasureState.DONE)
    assert ERASURES.step(ErasureState.ASKED, ErasureEvent.CONFIRM) is ErasureState.DONE
