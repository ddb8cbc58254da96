"""The trail in words: what happened to a row, moments, plain answers."""

import pytest
from django.utils import translation

from followup.web import trail_tags


@pytest.mark.parametrize("code", ["INSERT", "UPDATE", "DELETE", "BATCH"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_everything_that_happens_to_a_row_has_its_words(code: str, language: str) -> None:
    with translation.override(language):
        assert trail_tags.operation(code) != code


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("2026-11-29T17:47:40.562771+00:00", "2026-11-30 01:47:40"),
        ("2026-10-21T03:00:00+00:00", "2026-10-21 11:00:00"),
        ("2026-11-29", "2026-11-29"),
        ("called 2026-10-21T03:00:00+00:00", "called 2026-10-21T03:00:00+00:00"),
    ],
)
def test_a_moment_is_shown_on_the_clock_of_the_page(stored: str, said: str) -> None:
    """The column beside it is on the clock of Shanghai; a text that only names one stays."""
    assert trail_tags.value_words(stored) == said
