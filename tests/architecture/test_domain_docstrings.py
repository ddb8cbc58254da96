"""The rules say what they are: each module its source, each public function what None means."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path
    for package in ("followup", "pv")
    for path in (ROOT / package / "domain").rglob("*.py")
    if path.read_text().strip()
)
SOURCE = re.compile(r"^Sources?: \S|product's own", re.MULTILINE)
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]


def public(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions of the module and methods of its classes; those inside functions are no one's."""
    holders: list[ast.Module | ast.ClassDef] = [tree]
    while holders:
        for node in holders.pop().body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                holders.append(node)
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node


def may_be_none(node: ast.FunctionDef) -> bool:
    """Whether nothing is one of the answers, beside others; a None inside a list is not meant."""
    returns = node.returns
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        returns = ast.parse(returns.value, mode="eval").body
    sides = []
    while isinstance(returns, ast.BinOp):
        sides.append(returns.right)
        returns = returns.left
    return any(isinstance(side, ast.Constant) and side.value is None for side in sides)


def unexplained(source: str) -> list[str]:
    """Public functions without a docstring, or whose docstring leaves open what None means."""
    return [
        f"{node.name} (line {node.lineno})"
        for node in public(ast.parse(source))
        if not (text := ast.get_docstring(node)) or (may_be_none(node) and "None" not in text)
    ]


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_of_rules_names_its_source(path):
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert SOURCE.search(text), "end the docstring with `Source: ...` or `The product's own rule.`"


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_public_rule_says_what_it_answers_and_what_none_means(path):
    assert unexplained(path.read_text()) == []


def test_the_judgement_itself():
    assert unexplained("def due(a) -> 'date | None':\n    'The day.'") == ["due (line 1)"]
    assert unexplained("def due(a) -> date | None:\n    'The day; None before.'") == []
    assert unexplained("class Rule:\n    def due(a): pass") == ["due (line 2)"]
    assert unexplained("def due(a) -> dict[str, None]:\n    'The days.'") == []
    assert unexplained("def _due(a): pass") == []
