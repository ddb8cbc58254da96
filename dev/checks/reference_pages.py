"""`./run pages`: the pages of docs/ drawn from the code: rights, tables, API paths, states.

`--check` writes nothing and ends with 1 when a page is not what the code says.
"""

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import django

from dev.environments import without_server
from dev.paths import ROOT, VAR
from followup.core import guards, scope
from followup.core.permissions import ROLES, Perm

DOCS = ROOT / "docs"
NOTE = "<!-- Drawn by `./run pages` from {source}; change that, not this page. -->\n"


def _first(text: str | None) -> str:
    """The first sentence of a docstring, on one line and safe in a table."""
    paragraph = " ".join(inspect.cleandoc(text or "").split("\n\n")[0].split())
    return paragraph.replace("|", "\\|")


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def rights() -> str:
    """Who may do what: one row per permission, one column per role."""
    lines = [NOTE.format(source="`followup/core/permissions.py`"), "\n# Roles and permissions\n\n"]
    lines.append("Who may what. A grant gives a role at one site or everywhere, for one product\n")
    lines.append("or all; `scope.py` decides which rows it reaches. *Basis* is what makes rows\n")
    lines.append("about a patient readable: see decision 0013.\n\n")
    lines += [_row("Role", "In a sentence", "Basis"), _row("---", "---", "---")]
    lines += [_row(f"`{r}`", spec.sentence, spec.basis) for r, spec in ROLES.items()]
    lines += ["\n", _row("Permission", *[f"`{role}`" for role in ROLES])]
    lines.append(_row("---", *[":-:"] * len(ROLES)))
    for perm in Perm:
        marks = ["yes" if perm in spec.permissions else "" for spec in ROLES.values()]
        lines.append(_row(f"`{perm}`", *marks))
    lines.append("\n`system` belongs to no role: background work acts with it.\n")
    return "".join(lines)


def _kind(field: Any) -> str:
    kind = field.get_internal_type()
    if field.is_relation:
        kind = f"→ `{field.related_model._meta.db_table}`"
    elif getattr(field, "max_length", None):
        kind += f" {field.max_length}"
    return f"{kind}{', may be empty' if field.null else ''}"


def _reach(declared: Any) -> str:
    if declared.reference:
        return "everyone signed in"
    if declared.own:
        return f"its owner (`{declared.own}`)"
    paths = [("site", declared.site), ("product", declared.product), ("patient", declared.patient)]
    via = ", ".join(f"{name} by `{path}`" for name, path in paths if path)
    return f"`{declared.read}`" + (f"; {via}" if via else "")


def _table(model: Any, reason: str, declared: Any) -> Iterator[str]:
    meta = model._meta
    yield f"\n### `{meta.db_table}`\n\n{_first(model.__doc__)} (`{model.__module__}`)\n\n"
    yield f"Read by {_reach(declared)}. "
    yield f"Not audited: {reason}.\n\n" if reason else "Audited.\n\n"
    yield _row("Column", "Kind") + _row("---", "---")
    yield from (_row(f"`{field.column}`", _kind(field)) for field in meta.concrete_fields)
    rules = [f"`{c.name}`" for c in meta.constraints]
    if rules:
        yield "\nConstraints: " + ", ".join(rules) + ".\n"


def tables() -> str:
    """The data model: every table with its columns, who reads it, whether it is audited."""
    lines = [NOTE.format(source="the models of `core`, `followup` and `pv`"), "\n# Data model\n"]
    lines.append("\nEvery table declares who reads it and is audited by triggers, or says why\n")
    lines.append("not (`followup/core/guards.py`, `tests/architecture/test_tables.py`).\n")
    package = ""
    for model in guards.own_models():
        if model._meta.app_label != package:
            package = model._meta.app_label
            lines.append(f"\n## {package}\n")
        reason = guards.UNAUDITED.get(model._meta.db_table, "")
        lines += _table(model, reason, scope.of(model))
    return "".join(lines)


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document; drawn once per process."""
    # Its module reads the settings as soon as it is imported.
    generators = import_module("drf_spectacular.generators")
    document: dict[str, Any] = generators.SchemaGenerator().get_schema(request=None, public=True)
    return document


def operations() -> list[tuple[str, str, str]]:
    """Every path, method and first sentence of the OpenAPI document."""
    return [
        (path, method.upper(), _first(operation.get("description") or operation.get("summary")))
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
        if isinstance(operation, dict)
    ]


def paths() -> str:
    """The paths of the API, each with what it does."""
    lines = [NOTE.format(source="the OpenAPI document"), "\n# Paths of the API\n\n"]
    lines.append("How to use them: [api.md](api.md). The document itself: `/api/v1/schema/`.\n\n")
    lines += [_row("Path", "Method", "What it does"), _row("---", "---", "---")]
    lines += [_row(f"`{path}`", method, text) for path, method, text in operations()]
    return "".join(lines)


def states() -> str:
    """Every table of states with its diagram, in the words of both languages."""
    # Its module reads the tables of the database as soon as it is imported.
    page: str = import_module("pv.queries.states").page()
    return page


PAGES: dict[str, Callable[[], str]] = {
    "permissions.md": rights,
    "data-model.md": tables,
    "api-paths.md": paths,
    "states.md": states,
}


def stale() -> list[str]:
    """Names of the pages that are not what the code says."""
    return [name for name, page in PAGES.items() if _written(DOCS / name) != page()]


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def main() -> int:
    """Write the pages, or with `--check` name those that are stale."""
    os.environ.update(without_server(VAR / "check"), DJANGO_SETTINGS_MODULE="pv.config.settings")
    django.setup()
    if "--check" in sys.argv[1:]:
        names = stale()
        print("".join(f"docs/{name} is stale: ./run pages\n" for name in names), end="")
        return 1 if names else 0
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
