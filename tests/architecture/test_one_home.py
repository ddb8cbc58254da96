"""What repeats has one home: a second one is found here and sent to the first."""

import re

import pytest

from dev.paths import ROOT

# The domain reads texts of reports and files, not what a browser sent.
SOURCES = sorted(
    path
    for name in ("followup", "pv")
    for path in (ROOT / name).rglob("*.py")
    if path.relative_to(ROOT).parts[1] != "domain"
)
# What is written once, where, and what to use instead.
HOMES = (
    (
        r"startswith\(.(zh|en).\)",
        "followup/languages.py",
        "languages.is_chinese",
    ),
    (r"u3400", "followup/languages.py", "languages.has_chinese"),
    (r"pg_(try_)?advisory", "followup/core/advisory_locks.py", "advisory_locks.wait_for"),
    (r"isascii\(\) and \w+\.isdigit\(\)", "followup/core/http/numbers.py", "numbers.whole_number"),
    (r"422 if \w+\.is_bound else 200", "followup/core/forms/base.py", "form.status"),
    (r"\bUNDO(_SECONDS)? = ", "followup/core/undo.py", "undo.too_late"),
)


@pytest.mark.parametrize(("pattern", "home", "instead"), HOMES)
def test_it_is_written_in_one_place(pattern: str, home: str, instead: str) -> None:
    written = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if re.search(pattern, path.read_text(encoding="utf-8"))
    ]
    assert [path for path in written if path != home] == [], f"use {instead}"


def test_a_row_of_the_trail_is_made_in_one_statement() -> None:
    made = {
        str(path.relative_to(ROOT)): len(found)
        for name in ("followup", "pv")
        for path in (ROOT / name).rglob("*")
        if path.suffix in {".py", ".sql"}
        and (found := re.findall(r"INSERT INTO (?:public\.)?core_change\b", path.read_text()))
    }
    assert made == {"followup/core/sql/audit.sql": 1}, "use everwatch_write_change"
