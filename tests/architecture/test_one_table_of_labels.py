"""What the values of a vocabulary are called is written in one table, whoever shows them."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CALLS = {"_", "gettext", "gettext_lazy", "pgettext", "pgettext_lazy"}
FEW = 3  # a table of fewer values is a choice of one page


def origins(tree: ast.Module, module: str) -> dict[str, str]:
    """Where each name of a module comes from: its own classes and its imports."""
    names = {n.name: f"{module}.{n.name}" for n in tree.body if isinstance(n, ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def tables(source: str, module: str) -> list[str]:
    """The vocabularies a module writes labels for: keys `Vocabulary.VALUE`, values said."""
    tree = ast.parse(source)
    known = origins(tree, module)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Dict) or len(node.keys) < FEW:
            continue
        owners = {
            ast.unparse(key.value) if isinstance(key, ast.Attribute) else "" for key in node.keys
        }
        said = [
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and value.func.id in CALLS
            for value in node.values
        ]
        if len(owners) == 1 and "" not in owners and all(said):
            first, _, rest = owners.pop().partition(".")
            found.append(known.get(first, f"{module}.{first}") + (f".{rest}" if rest else ""))
    return found


def test_no_vocabulary_has_two_tables_of_labels() -> None:
    places = defaultdict(list)
    for package in ("followup", "pv"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                for name in tables(path.read_text(encoding="utf-8"), module):
                    places[name.rsplit(".", 1)[-1], name].append(module)
    assert len(places) > 40, "the tables are no longer recognised"
    assert {name: at for name, at in places.items() if len(at) > 1} == {}


def test_a_table_is_recognised_wherever_its_vocabulary_comes_from() -> None:
    table = "{A.X: _('x'), A.Y: _('y'), A.Z: pgettext('c', 'z')}"
    assert tables(f"from a.b import A\nT = {table}", "m") == ["a.b.A"]
    assert tables(f"class A: pass\nT = {table}", "m") == ["m.A"]
    assert tables("from a import b\nT = " + table.replace("A.", "b.A."), "m") == ["a.b.A"]
    assert tables("T = {A.X: 1, A.Y: 2, A.Z: 3}", "m") == []
