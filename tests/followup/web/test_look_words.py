"""Every kind of the log of reads has words: a history shows them, never a code."""

import ast
from pathlib import Path

from followup.web.look_words import LOOKS

ROOT = Path(__file__).resolve().parents[3]


def kinds() -> set[str]:
    """The kinds that the code records by their own name."""
    found = set()
    for package in ("followup", "pv"):
        for path in (ROOT / package).rglob("*.py"):
            text = path.read_text("utf-8")
            if "access.record(" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "access.record":
                    kind = node.args[1]
                    if isinstance(kind, ast.Constant):
                        found.add(str(kind.value))
    return found


def test_every_kind_has_words() -> None:
    assert len(kinds()) > 25
    assert sorted(kinds() - set(LOOKS)) == []
