"""A notice lays its parts side by side: a sentence with a day in it is one part."""

import re

from dev.paths import ROOT

# The icon, then a text that no element holds together, with a day, which is an element itself.
LOOSE = re.compile(
    r'<p class="notice[^>]*>\{% icon "\w+" %\}\s*(?!\s*<)(?:(?!</p>).)*?(?:whole_dates|\|shown\b)'
)


def test_a_sentence_with_a_day_is_not_torn_into_columns():
    assert LOOSE.search('<p class="notice">{% icon "clock" %} {% blocktranslate with d=x|shown %}')
    assert not LOOSE.search('<p class="notice">{% icon "clock" %} <span>{{ x|shown }}</span></p>')
    torn = {
        str(path.relative_to(ROOT)): found[0]
        for path in (ROOT / "templates").rglob("*.html")
        if (found := LOOSE.search(path.read_text(encoding="utf-8")))
    }
    assert torn == {}


# A task is laid out the same way: a link, a remark and a day beside each other are held together.
TASKS = re.compile(r'<ul class="tasks[^"]*">(?:(?!</ul>).)*?<li>((?:(?!</li>).)*)</li>', re.DOTALL)


def test_the_words_of_a_task_are_not_torn_into_columns():
    loose = {
        str(path.relative_to(ROOT)): item
        for path in (ROOT / "templates").rglob("*.html")
        for item in TASKS.findall(path.read_text(encoding="utf-8"))
        if 'class="finding' not in item and ("<br>" in item or "whole_dates" in item)
    }
    assert loose == {}
