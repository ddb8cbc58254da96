"""The rules say what they are: each module its source, each function its errors, unit and None."""

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
NUMBERS = {"int", "float", "Decimal", "Array"}
# Of what a number is: a unit of time, a count, a share, a place on a scale, a statistic.
UNIT = re.compile(
    r"\b(days?|hours?|minutes?|seconds?|weeks?|months?|years?|times?|age|ages"
    r"|numbers?|counts?|counted|how many|how much|amount|sum|total|rows?|bytes|characters|digits"
    r"|size|length|position|index|order|rank|level|grades?|points?|score|version|units?"
    r"|share|rates?|ratio|percent|per|probability|probabilities|likelihood|density|log|risk|weight"
    r"|quantile|deviate|variance|degrees|copies|difference|uncertainty)\b|%|\bE\b",
    re.IGNORECASE,
)
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


def answers(node: ast.FunctionDef) -> set[str]:
    """The names of the types of the answer; what a list or a mapping holds is not meant."""
    returns = node.returns
    if isinstance(returns, ast.Constant) and isinstance(returns.value, str):
        returns = ast.parse(returns.value, mode="eval").body
    sides = [returns]
    while any(isinstance(side, ast.BinOp) for side in sides):
        sides = [
            one
            for side in sides
            for one in ((side.left, side.right) if isinstance(side, ast.BinOp) else (side,))
        ]
    return {side.id for side in sides if isinstance(side, ast.Name)}


def without_unit(source: str) -> list[str]:
    """Public functions that answer with a bare number and do not say of what."""
    return [
        f"{node.name} (line {node.lineno})"
        for node in public(ast.parse(source))
        if answers(node) & NUMBERS and not UNIT.search(ast.get_docstring(node) or "")
    ]


def raised(node: ast.FunctionDef) -> set[str]:
    """The errors a function raises itself; those of functions inside it are not meant."""
    names, todo = set(), list(node.body)
    while todo:
        each: ast.AST = todo.pop()
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(each, ast.Raise) and each.exc is not None:
            error = each.exc.func if isinstance(each.exc, ast.Call) else each.exc
            names.add(error.attr if isinstance(error, ast.Attribute) else getattr(error, "id", ""))
        todo += ast.iter_child_nodes(each)
    return {name for name in names if name[:1].isupper()}


def without_error(source: str) -> list[str]:
    """Public functions that raise an error their docstring does not name."""
    return [
        f"{node.name} (line {node.lineno}): {', '.join(sorted(left))}"
        for node in public(ast.parse(source))
        if (left := {e for e in raised(node) if e not in (ast.get_docstring(node) or "")})
    ]


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_module_of_rules_names_its_source(path):
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert SOURCE.search(text), "end the docstring with `Source: ...` or `The product's own rule.`"


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_public_rule_says_what_it_answers_and_what_none_means(path):
    assert unexplained(path.read_text()) == []


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_a_public_rule_names_the_unit_of_its_number_and_its_errors(path):
    source = path.read_text()
    assert without_unit(source) == []
    assert without_error(source) == []


def test_units_and_errors_that_are_left_out_are_found():
    assert without_unit("def late(a) -> int | None:\n    'Those sent late.'") == ["late (line 1)"]
    assert without_unit("def late(a) -> int:\n    'Number of those sent late.'") == []
    assert without_unit("def late(a) -> 'list[int]':\n    'Those sent late.'") == []
    bad = "def due(a):\n    'The day.'\n    if a:\n        raise ValueError('no')"
    assert without_error(bad) == ["due (line 1): ValueError"]
    assert without_error(bad.replace("The day.", "The day; ValueError for none.")) == []
    assert (
        without_error(
            "def due(a):\n    'The day.'\n    try:\n        a()\n    except E:\n        raise"
        )
        == []
    )


def test_the_check_itself():
    assert unexplained("def due(a) -> 'date | None':\n    'The day.'") == ["due (line 1)"]
    assert unexplained("def due(a) -> date | None:\n    'The day; None before.'") == []
    assert unexplained("class Rule:\n    def due(a): pass") == ["due (line 2)"]
    assert unexplained("def due(a) -> dict[str, None]:\n    'The days.'") == []
    assert unexplained("def _due(a): pass") == []
