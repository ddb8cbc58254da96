"""Engines no door reaches: written and tested, used by no page, API, task or command yet."""

import ast
import re
from functools import cache
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
DOORS = ("web", "api", "tasks", "management", "config")
FLOORS = ("domain", "queries", "actions", "adapters")
# May only shrink: a new engine comes with its door. The issue that gives each its door beside it.
WITHOUT_DOOR: dict[str, str] = {}
# Functions of the domain nothing outside it uses, re-exports set aside, and the issue that gives
# each its door. May only shrink as well.
FUNCTIONS_WITHOUT_DOOR: dict[str, int] = {}


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


Definition = tuple[str, str]  # module and name at its top level


class Definitions:
    """What each definition at the top level of a module names, followed through re-exports.

    A re-export in an `__init__` is no use of what it exports: only a reference inside the body of
    a function, a class or an assignment that is itself reached counts.
    """

    def __init__(self, modules: frozenset[str]) -> None:
        self.modules = modules
        self.bodies: dict[Definition, ast.stmt] = {}
        self.whole: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, dict[str, Definition]] = {}
        for module in modules:
            self._read(module)

    def _read(self, module: str) -> None:
        path = ROOT / (module.replace(".", "/") + ".py")
        path = path if path.exists() else path.with_suffix("") / "__init__.py"
        self.whole[module] = ast.parse(path.read_text(encoding="utf-8")).body
        names = self.imports[module] = {}
        for node in self.whole[module]:
            if isinstance(node, ast.ImportFrom) and node.module:
                names |= {a.asname or a.name: (node.module, a.name) for a in node.names}
            elif isinstance(node, ast.Import):
                names |= {a.asname: (a.name, "") for a in node.names if a.asname}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                self.bodies[module, node.name] = node
            else:
                for name in ast.walk(node):
                    if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                        self.bodies[module, name.id] = node

    def resolve(self, module: str, name: str) -> Definition | None:
        """Where a name of a module is defined; ("a.module", "") for a module."""
        if (module, name) in self.bodies:
            return (module, name)
        source = self.imports.get(module, {}).get(name)
        if source is not None and source != (module, name):
            return self.resolve(*source) if source[1] else source
        return (f"{module}.{name}", "") if f"{module}.{name}" in self.modules else None

    def named(self, module: str, node: ast.AST) -> set[Definition]:
        """The definitions a piece of code names, `package.module.name` included."""
        known: set[Definition] = set()
        for part in ast.walk(node):
            target = self._target(module, part)
            if target is not None:
                known.add(target)
        return known

    def _target(self, module: str, part: ast.AST) -> Definition | None:
        if isinstance(part, ast.Name):
            return self.resolve(module, part.id)
        if isinstance(part, ast.Attribute):
            owner = self._target(module, part.value)
            return self.resolve(owner[0], part.attr) if owner and not owner[1] else None
        return None


@cache
def definitions() -> Definitions:
    """The domain and whoever imports it; a re-export anywhere else cannot hide anything."""
    domain = {m for m in graph().modules if floor(m) == "domain"}
    users = {m for name in domain for m in graph().find_modules_that_directly_import(name)}
    left_out = ("migrations", "demo")
    return Definitions(frozenset(m for m in domain | users if floor(m) not in left_out))


def used_outside_the_domain() -> set[Definition]:
    """What code of the other floors names, and what that names in turn within the domain."""
    code = definitions()
    waiting: list[tuple[str, ast.AST]] = [
        (module, node)
        for module in code.modules
        for node in code.whole[module]
        if floor(module) != "domain" and not _exports(node)
    ]
    known: set[Definition] = set()
    while waiting:
        for target in code.named(*waiting.pop()) - known:
            known.add(target)
            if target[1] and floor(target[0]) == "domain":
                waiting.append((target[0], code.bodies[target]))
    return known


def _exports(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


def test_every_function_of_the_domain_is_used_outside_it() -> None:
    engines = {
        (module, name)
        for (module, name), node in definitions().bodies.items()
        if floor(module) == "domain" and isinstance(node, ast.FunctionDef)
        if not name.startswith("_")
    }
    assert len(engines) > 500
    unused = {f"{module}.{name}" for module, name in engines - used_outside_the_domain()}
    assert unused == set(FUNCTIONS_WITHOUT_DOOR)
