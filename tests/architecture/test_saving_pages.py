"""The pages that save have one shape (followup/core/forms/refusals.py), and their URLs open."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from dev.paths import ROOT

WEB = sorted(path for name in ("followup", "pv") for path in (ROOT / name / "web").rglob("*.py"))
# Who calls these is a script or a machine: nobody opens or reloads them like a page.
MACHINES = {"followup/web/drafts.py": 1, "followup/web/signin.py": 2, "pv/web/as2.py": 1}


def count(pattern: str) -> dict[str, int]:
    """How often each module of a page has the pattern, those without it left out."""
    numbers = {
        str(path.relative_to(ROOT)): len(re.findall(pattern, path.read_text(encoding="utf-8")))
        for path in WEB
    }
    return {name: number for name, number in numbers.items() if number}


def patterns(nested: list[Any]) -> Iterator[URLPattern]:
    for each in nested:
        if isinstance(each, URLResolver):
            yield from patterns(each.url_patterns)
        else:
            yield each


def test_a_url_that_only_takes_a_form_names_the_page_of_the_form() -> None:
    only_post = r"@require_POST|require_http_methods\(\[\"POST\"\]\)"
    assert count(only_post) == MACHINES, 'use @posted_from("name of the page")'


POSTED = [p for p in patterns(get_resolver().url_patterns) if hasattr(p.callback, "posted_from")]


@pytest.mark.parametrize("pattern", POSTED, ids=lambda p: p.name)
def test_the_page_of_the_form_is_there(pattern: URLPattern, rf: Any) -> None:
    values = {
        name: 7 if type(kind).__name__ == "IntConverter" else str(uuid4())
        for name, kind in pattern.pattern.converters.items()
    }
    opened = pattern.callback(rf.get("/"), **values)
    assert opened.status_code == 302
    page = resolve(opened["Location"])
    assert page.url_name == pattern.callback.__dict__["posted_from"]
    assert page.func is not pattern.callback


# A module that catches what an action refuses itself, with the reason. May only shrink.
OWN_SHAPES = {
    "followup/web/laboratory/entry.py": 2,  # a preview: each pasted cell says what saving would do
    "followup/web/signin.py": 1,  # answers a script in JSON
    "pv/web/acknowledgements.py": 1,  # each of several files gets its own line
    "pv/web/as2.py": 1,  # answers a machine
    "pv/web/case_summaries.py": 1,  # saves nothing: asks each receiver what is missing
}


def test_what_an_action_refuses_is_shown_by_the_shared_shape() -> None:
    own = count(r"except \(?(?:Refused|Conflict|Unconfirmed)\b")
    assert own == OWN_SHAPES, "use refusals() of the form, of Reasons, or button(request)"
