"""What does not fit an element shows that it goes on, and keeps its end."""

from hypothesis import given
from hypothesis import strategies as st

from pv.domain.e2b.text_lengths import MORE, fitted


@given(st.text(max_size=300), st.integers(60, 250), st.sampled_from(["", " (ICD-10 C91.0)"]))
def test_words_fit_their_element_and_none_is_lost_unseen(words: str, size: int, end: str) -> None:
    text = words + end
    short = fitted(text, size, end=end)
    assert len(short) <= size
    assert short.endswith(end)
    assert short == text or MORE in short
    assert text.startswith(short.removesuffix(end).removesuffix(MORE))
