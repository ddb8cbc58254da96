"""What somebody types is never cut without a word: it is refused with both numbers, and stays."""

import re

import pytest

from dev.paths import ROOT
from followup.core.limits import TOO_LONG, excess, within
from followup.core.problems import Refused

# A code, a key of a page or a name of a file is no typed text; titles and logs may be shortened.
DOORS = [path for name in ("followup", "pv") for path in (ROOT / name).rglob("*.py")]
DOORS = [path for path in DOORS if path.parts[len(ROOT.parts) + 1] in ("actions", "api", "web")]
NAMES = (
    "reason|comment|note|answer|text|title|explanation|purpose|assessment|evidence|words|source|"
    "q|name|number|term|subject|actor|lot|corrective_action|waived_because|new_phone|item|unit"
)
CUT = re.compile(
    r"\.strip\(\)\[:\w+\]"
    rf"|\.get\(\s*f?\"(?:{NAMES})\b[^\"]*\"[^)]*\)(?:\.strip\(\))?\[:\w+\]"
    r"|\b(?:reason|comment|note)\[:\w+\]"
)
# Shortened with the whole beside it: a title of a case, a text of ours, a term as a log names it.
SHORTENED = {
    "pv/actions/cases/parent_child.py": 1,
    "pv/actions/clocks.py": 1,
    "pv/web/receptions.py": 1,
}


def test_no_door_cuts_a_typed_text() -> None:
    found = {
        str(path.relative_to(ROOT)): len(CUT.findall(path.read_text(encoding="utf-8")))
        for path in DOORS
    }
    assert {name: number for name, number in found.items() if number} == SHORTENED


def test_no_field_lets_the_browser_cut_what_is_pasted() -> None:
    pages = [*ROOT.glob("templates/**/*.html"), *DOORS]
    found = [p for p in pages if re.search(r"maxlength\s*[=\":]", p.read_text(encoding="utf-8"))]
    assert found == [], 'say `data-most="500"`; the action refuses more (followup.core.limits)'


def test_a_text_that_is_too_long_is_refused_with_both_numbers() -> None:
    assert within("  今天 ", 2) == "今天"
    assert excess("abc", 3) == ""
    with pytest.raises(Refused) as refused:
        within("四个字符 ", 3, "note")
    assert refused.value.code == TOO_LONG
    (said,) = refused.value.fields["note"]
    assert re.findall(r"\d+", str(said)) == ["3", "4"]
