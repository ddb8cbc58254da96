"""The trail in words: what happened to a row, moments, plain answers."""

import pytest
from django.apps import apps
from django.utils import translation

from followup.core import naming
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


def test_a_state_is_said_in_words_in_the_language_of_the_reader() -> None:
    """Whatever column has words on a page has them in the trail; a label may be its own code."""
    for language in ("en", "zh-hans"):
        with translation.override(language):
            bare = [
                (model._meta.db_table, field.column, code)
                for model in apps.get_models()
                for field in model._meta.concrete_fields
                for code, words in (field.flatchoices if field.choices else ())
                if str(words) != str(code)
                and not naming.value(str(code), field.column, model._meta.db_table)[1]
                and trail_tags.trail_value(str(code), field.column, model._meta.db_table)
                in ("", str(code))
            ]
            assert bare == []
            said = trail_tags.trail_value("DISCARDED", "state", "followup_kit")
            assert said != "DISCARDED"


def test_a_cancelled_visit_is_said_in_words(db) -> None:
    with translation.override("zh-hans"):
        assert trail_tags.trail_value("CANCELLED", "state", "followup_plannedvisit") == "已取消"
    with translation.override("en"):
        words = trail_tags.trail_value("BEFORE_REGISTER", "state_before", "followup_plannedvisit")
        assert words == "Before register"
