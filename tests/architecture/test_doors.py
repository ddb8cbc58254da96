"""Engines no door reaches: written and tested, used by no page, API, task or command yet."""

import re
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("web", "api", "tasks", "management", "config")
FLOORS = ("domain", "queries", "actions", "adapters")
# May only shrink: a new engine comes with its door. The issue that gives each its door beside it.
WITHOUT_DOOR: dict[str, str] = {}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("followup", "pv", cache_dir=None)


def floor(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def registered() -> set[str]:
    """What the applications add to common pages, and modules the settings name as text."""
    text = (ROOT / "pv" / "config" / "settings.py").read_text(encoding="utf-8")
    named = re.findall(r'"((?:followup|pv)\.[\w.]+)"', text)
    parts = {part for name in named for part in (name, name.rpartition(".")[0])}
    return parts & graph().modules | {"followup.extensions", "pv.extensions"}


def reached() -> set[str]:
    start = {m for m in graph().modules if floor(m) in DOORS} | registered()
    found, waiting = set(start), list(start)
    while waiting:
        for module in graph().find_modules_directly_imported_by(waiting.pop()):
            if module not in found:
                found.add(module)
                waiting.append(module)
    return found


def test_the_engines_without_a_door_are_those_listed() -> None:
    known = reached()
    packages = {m.rpartition(".")[0] for m in graph().modules}
    engines = {m for m in graph().modules if floor(m) in FLOORS and m not in packages}
    assert engines - known == set(WITHOUT_DOOR)


def test_what_the_settings_name_is_there() -> None:
    assert len(registered()) > 5


def test_what_an_application_adds_is_an_import_the_contracts_see() -> None:
    for name, page in (("followup", "followup.web.finders"), ("pv", "pv.fact_handlers")):
        assert page in graph().find_modules_directly_imported_by(f"{name}.extensions")
