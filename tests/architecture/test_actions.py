"""Every write of an action module goes through an action; what else is public writes nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from followup.core import audit
from followup.core.action import part
from followup.core.actor import Actor

ROOT = Path(__file__).resolve().parents[2]
WRITES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "update",
    "delete",
    "execute",
}


def modules() -> Iterator[Path]:
    for package in ("followup", "pv"):
        yield from sorted((ROOT / package / "actions").rglob("*.py"))


def is_action(function: ast.FunctionDef) -> bool:
    """Whether it is an action, a job, or a part that refuses to run outside of an action."""
    names = {ast.unparse(d).partition("(")[0] for d in function.decorator_list}
    return bool(names & {"action", "part", "jobs.handler", "handler"})


def writes(function: ast.FunctionDef, others: dict[str, ast.FunctionDef], seen: set[str]) -> bool:
    """Whether it, or a private function of its module that it calls, writes a row."""
    if function.name in seen:
        return False
    seen.add(function.name)
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES and _rows(node.func):
            return True
        if isinstance(node.func, ast.Name) and node.func.id in others:
            other = others[node.func.id]
            if not is_action(other) and writes(other, others, seen):
                return True
    return False


def _rows(call: ast.Attribute) -> bool:
    """Not of a hash, a set or a dictionary: those are no rows."""
    target = ast.unparse(call.value)
    if call.attr == "update":
        return "objects" in target or ".filter(" in target or target.endswith(("rows", "clocks"))
    return True


def unattended_writers() -> list[str]:
    found = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        for name, function in functions.items():
            public = not name.startswith("_")
            if public and not is_action(function) and writes(function, functions, set()):
                found.append(f"{path.relative_to(ROOT)}:{name}")
    return found


def test_what_is_public_and_no_action_writes_no_row() -> None:
    assert unattended_writers() == []


@pytest.mark.django_db
def test_a_part_refuses_to_run_outside_of_an_action() -> None:
    @part
    def keep() -> int:
        return 1

    with pytest.raises(RuntimeError, match="part of an action"):
        keep()
    with transaction.atomic(), audit.acting(Actor.process("test"), "test.part"):
        assert keep() == 1
    with pytest.raises(RuntimeError):
        keep()


def test_the_search_sees_a_write_and_its_way_around() -> None:
    text = "def a():\n    _b()\n\ndef _b():\n    row.save()\n\n@action('x')\ndef c():\n    _b()\n"
    functions = {n.name: n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    assert writes(functions["a"], functions, set())
    assert is_action(functions["c"])
