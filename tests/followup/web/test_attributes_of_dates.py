"""No attribute, option or title of a template holds the element `shown` puts around a date."""

import re
from pathlib import Path

from dev.paths import ROOT

FILTER = re.compile(
    r"\|(?:shown|shown_date|whole_dates|source_words|source_line)(?![\w|])|\|shown\|(?!plain)"
)
BLOCK = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TITLE = re.compile(r"\{% block title %\}(.*?)\{% endblock", re.DOTALL)


def _inside(text: str) -> list[str]:
    """What of a template is inside a tag, an option, a title or a text of a picture."""
    found = TITLE.findall(text)
    plain, parts, last = "", [], 0
    for part in BLOCK.finditer(text):
        plain += text[last : part.start()]
        last = part.end()
        in_tag = plain.rfind("<") > plain.rfind(">")
        if in_tag or re.search(r"<(?:option|title|text|desc)\b[^<]*$", plain):
            parts.append(part.group())
    return found + parts


def test_dates_in_attributes_are_plain() -> None:
    wrong = [
        (path.relative_to(ROOT).as_posix(), part)
        for path in sorted(Path(ROOT, "templates").rglob("*.html"))
        for part in _inside(path.read_text(encoding="utf-8"))
        if FILTER.search(part)
    ]
    assert wrong == []
    assert _inside('<a title="{{ day|shown }}">{{ day|shown }}') == ["{{ day|shown }}"]
