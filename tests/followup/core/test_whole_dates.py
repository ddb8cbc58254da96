"""Dates in running text: kept on one line on a page, the text itself anywhere else."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe

from followup.core.templatetags.everwatch import (
    plain,
    shown,
    source_line,
    source_words,
    whole_dates,
)
from followup.core.whole_dates import WholeDates
from followup.domain.dates import PartialDate


def drawn(template: str, **context: object) -> str:
    return Template("{% load everwatch i18n %}" + template).render(Context(context))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-28", "[2026-11-28]"),
        ("到期2026-11-28，剩3天", "到期[2026-11-28]，剩3天"),
        ("2026-11", "[2026-11]"),
        ("2026-11-28 08:05.", "[2026-11-28 08:05]."),
        ("2026-01-02 – 2026-03-04", "[2026-01-02] – [2026-03-04]"),
        ("SH01-2026-11-28 1-2026-11 2026-11-281", "SH01-2026-11-28 1-2026-11 2026-11-281"),
        ("<b> & 2026-11-28", "&lt;b&gt; &amp; [2026-11-28]"),
    ],
)
def test_each_date_of_a_sentence_is_in_one_element(text, expected) -> None:
    marked = expected.replace("[", '<span class="whole">').replace("]", "</span>")
    assert drawn("{{ text|whole_dates }}", text=text) == marked
    assert WholeDates(text) == text


def test_a_date_is_whole_on_a_page_and_text_in_an_attribute() -> None:
    day = date(2026, 11, 28)
    assert drawn("{{ day|shown }}", day=day) == '<span class="whole">2026-11-28</span>'
    sentence = "{% blocktranslate with day=day|shown trimmed %}(({{ day }})){% endblocktranslate %}"
    assert drawn(sentence, day=day) == '((<span class="whole">2026-11-28</span>))'
    assert drawn('<a title="{{ day|shown|plain }}">', day=day) == '<a title="2026-11-28">'
    assert drawn("{{ day|shown }}", day=None) == "—"
    assert f"{shown(day)}" == "2026-11-28"
    assert type(plain(shown(day))) is str
    assert shown(PartialDate(2026, 11)).startswith("2026-11")
    assert shown(datetime(2026, 11, 28, 0, 5, tzinfo=UTC)) == "2026-11-28 08:05"
    assert source_words("NMPA, 2026-11-28").__html__().count("<span") == 1
    begun = source_line("draft of 2026-11-28")
    assert begun.__html__().startswith("Draft of <span")


def test_html_is_left_as_it_is() -> None:
    safe = mark_safe('<time datetime="2026-11-28">today</time>')
    assert whole_dates(safe) is safe
