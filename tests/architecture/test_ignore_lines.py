"""No line asks a check to look away: what a check finds is mended, or the check is wrong."""

import re

from dev.paths import ROOT

_IGNORED = re.compile(
    r"#\s*(?:type:\s*ignore|noqa|ruff:|fmt:|nosec|mypy:|pragma:|pylint:|pyright:)"
)
FOLDERS = ("followup", "pv", "dev", "bench", "tests")


def test_no_line_is_ignored_by_a_check() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _IGNORED.search(line)
    ]
    assert found == []
