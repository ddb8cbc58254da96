"""A loop of pytest that runs the tests of a rule again for each change of its code.

Loaded with `-p tests.oracle.changed_code` beside the engines. First every test once, as the code
is; then a child for each change, forked where the engines run and the tests are collected, in which
the functions that exist get the code of the changed source: whoever imported one calls the changed
one. The names of the changes, and whether the tests of the module passed, go to a file as JSON.
"""

import ast
import gc
import json
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import pytest
from django.db import connections

from dev.paths import ROOT
from tests.oracle.rule_mutants import changes

PLAN = "EVERWATCH_CHANGED_CODE"  # a file with modules, their tests, every how manyth change
PATIENCE = 120  # seconds of the tests of one module; a change that ends nowhere is found


def places(tree: ast.Module) -> list[ast.AST]:
    """Every node inside a function: what runs when it is called."""
    found: dict[int, ast.AST] = {}
    for outer in ast.walk(tree):
        if isinstance(outer, ast.FunctionDef):
            for line in outer.body:
                found |= {id(node): node for node in ast.walk(line)}
    return list(found.values())


def changed(path: str, number: int) -> tuple[str, ast.Module] | None:
    """The source of a module with one change, and where and what it is; None when all were made."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    every = ((node, words, change) for node in places(tree) for words, change in changes(node))
    for place, (node, words, change) in enumerate(every):
        if place == number:
            change()
            return f"{path}:{getattr(node, 'lineno', 0)} {words}", ast.fix_missing_locations(tree)
    return None


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def put(path: str, tree: ast.Module) -> bool:
    """Give the functions of a module the code of a changed source; False where that cannot be."""
    name = str(ROOT / path)
    new = {
        (code.co_qualname, code.co_firstlineno): code
        for code in _codes(compile(tree, name, "exec"))
    }
    gc.unfreeze()  # what was frozen after collection is not listed
    living = [
        each
        for each in gc.get_objects()
        if type(each) is FunctionType and each.__code__.co_filename == name
    ]
    try:
        for function in living:
            key = function.__code__.co_qualname, function.__code__.co_firstlineno
            if key in new:
                function.__code__ = new[key]
    except ValueError:  # it closes over other names than before
        return False
    return bool(living)


def _run(session: pytest.Session, items: Sequence[pytest.Item]) -> bool:
    """Run tests until one fails; what the session holds stays."""
    following: list[Any] = [*items[1:], session]
    for item, after in zip(items, following, strict=True):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.testsfailed:
            return False
    return True


def _child(session: pytest.Session, items: Sequence[pytest.Item], path: str, tree: Any) -> int:
    """0 when the tests pass on the changed code, 1 when one fails, 2 when it cannot be put."""
    child = os.fork()
    if not child:
        status = 1
        try:
            signal.alarm(PATIENCE)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            status = 2 if not put(path, tree) else int(not _run(session, items))
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Every test once, then those of each changed module for each change."""
    plan = json.loads(Path(os.environ[PLAN]).read_text(encoding="utf-8"))
    told: dict[str, Any] = {"passed": _run(session, session.items), "there are": 0, "tried": []}
    for path, tests in plan["modules"].items() if told["passed"] else ():
        files = {ROOT / test for test in tests}
        items = [item for item in session.items if item.path in files]
        number = 0
        while (made := changed(path, number)) is not None:
            number += 1
            told["there are"] += 1
            if (number - 1) % plan["step"]:
                continue
            connections.close_all()
            status = _child(session, items, path, made[1])
            if status != 2:
                told["tried"].append([made[0], status == 0])
            Path(plan["out"]).write_text(json.dumps(told), encoding="utf-8")
    Path(plan["out"]).write_text(json.dumps(told), encoding="utf-8")
    if session.items:  # what the session holds ends with its last test
        session._setupstate.teardown_exact(None)
    return True
