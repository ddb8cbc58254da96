"""Sizes and names: small modules, short functions, no drawers for everything, no dead template."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.paths import ROOT

PACKAGES = ("followup", "pv", "dev", "bench")
LONGEST_MODULE = 300
LONGEST_FUNCTION = 60
DRAWERS = {"utils", "helpers", "common", "misc", "manager", "service"}
# One list read from top to bottom; its length is the number of settings.
EXEMPT = {"pv/config/settings.py"}
# Names that Django asks for itself.
ASKED_FOR = {"registration/login.html"}


def modules() -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), path


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_modules_stay_small() -> None:
    sizes = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules()}
    large = {name: size for name, size in sizes.items() if size >= LONGEST_MODULE}
    assert large.keys() <= EXEMPT, large


def test_functions_stay_short() -> None:
    long = [
        (name, function, size)
        for name, path in modules()
        for function, size in functions(path)
        if size > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_drawer_for_everything() -> None:
    drawers = [
        name
        for name, path in modules()
        if DRAWERS & {part.strip("_") for part in path.relative_to(ROOT).with_suffix("").parts}
    ]
    assert drawers == []


def test_every_module_says_what_it_is_in_one_line() -> None:
    silent = [
        name
        for name, path in modules()
        if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def _mentions() -> str:
    """Everything that can name a template: the code and the other templates."""
    texts = [path.read_text(encoding="utf-8") for _name, path in modules()]
    texts += [
        path.read_text(encoding="utf-8")
        for path in (ROOT / "templates").rglob("*")
        if path.is_file()
    ]
    return "\n".join(texts)


def test_every_template_is_used() -> None:
    everything, unused = _mentions(), []
    for path in sorted((ROOT / "templates").rglob("*")):
        name = str(path.relative_to(ROOT / "templates"))
        if not path.is_file() or name in ASKED_FOR:
            continue
        # Documents are named by their stem: the press adds the endings of page and style.
        stem = re.escape(path.stem)
        document = name.startswith("documents/") and re.search(rf'["\'/]{stem}["\'.]', everything)
        if name not in everything and not document:
            unused.append(name)
    assert unused == []


@pytest.mark.parametrize("name", sorted(ASKED_FOR))
def test_what_is_exempt_exists(name: str) -> None:
    assert (ROOT / "templates" / name).is_file()
