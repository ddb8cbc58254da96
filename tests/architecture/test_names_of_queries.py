"""A class of a query module has a name of its own: who reads it need not ask which one it is."""

import ast
from collections import defaultdict

from dev.paths import ROOT

# One for each page and read with its module (`worklist.Page`). This list may only shrink.
PER_PAGE = frozenset({"Cell", "Filters", "Item", "Line", "Page"})


def homes() -> dict[str, list[str]]:
    """The modules that define each class of the query modules of both packages."""
    places: dict[str, list[str]] = defaultdict(list)
    for package in ("followup", "pv"):
        for path in sorted((ROOT / package / "queries").rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(str(path.relative_to(ROOT)))
    return places


def test_no_two_query_modules_name_a_class_alike() -> None:
    alike = {name: paths for name, paths in homes().items() if len(paths) > 1}
    assert {name: paths for name, paths in alike.items() if name not in PER_PAGE} == {}
    assert alike.keys() >= PER_PAGE, "take it off the list"
