"""Rules changed in one place at a time: each change has to fail a test of the rule.

`./run trust rules` runs it; it is no part of the ordinary run. The rules are those that need no
database: seals, signatures, access, reminders, identities, consents, grades, schedules, clocks,
approvals. A change is a comparison, a connective, an operation, a whole number, a truth value or a
result that is another one; texts are left alone. EVERWATCH_RULE_STEP takes one change in so
many.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import pytest

from dev.paths import ROOT

STEP = int(os.environ.get("EVERWATCH_RULE_STEP", "1"))
LEAST = 0.9
PATIENCE = 60  # seconds of the tests of one rule; a change that ends nowhere is found
FOLLOWUP, SAFETY = "tests/followup/domain", "tests/pv/domain"
CLOCKS = (f"{SAFETY}/test_obligations.py", f"{SAFETY}/test_clocks.py")
APPROVALS = (f"{SAFETY}/test_approvals.py", f"{SAFETY}/test_duties.py")
RULES = {
    "followup/domain/seals.py": (f"{FOLLOWUP}/test_seals.py",),
    "followup/domain/signatures.py": (f"{FOLLOWUP}/test_signatures.py",),
    "followup/domain/access_rules.py": (f"{FOLLOWUP}/test_access_rules.py",),
    "followup/domain/identity_providers.py": (f"{FOLLOWUP}/test_identity_providers.py",),
    "followup/domain/reminders.py": (f"{FOLLOWUP}/test_reminders.py",),
    "followup/domain/erasures.py": (f"{FOLLOWUP}/test_erasures.py",),
    "followup/domain/retention.py": (f"{FOLLOWUP}/test_retention.py",),
    "followup/domain/consents.py": (f"{FOLLOWUP}/test_consents.py",),
    "followup/domain/visits.py": (f"{FOLLOWUP}/test_visits.py",),
    "followup/domain/schedules/planned.py": (f"{FOLLOWUP}/test_schedules.py",),
    "followup/domain/grading/crs.py": (f"{FOLLOWUP}/test_grading_crs.py",),
    "followup/domain/grading/icans.py": (f"{FOLLOWUP}/test_grading_icans.py",),
    "followup/domain/grading/ctcae.py": (f"{FOLLOWUP}/test_grading_ctcae.py",),
    "followup/domain/grading/cytopenias.py": (f"{FOLLOWUP}/test_grading_cytopenias.py",),
    "pv/domain/clocks/obligations.py": CLOCKS,
    "pv/domain/clocks/day_zero.py": CLOCKS,
    "pv/domain/clocks/due_dates.py": CLOCKS,
    "pv/domain/clocks/deadlines.py": CLOCKS,
    "pv/domain/clocks/selection.py": CLOCKS,
    "pv/domain/clocks/plans.py": (f"{SAFETY}/test_plans.py", *CLOCKS),
    "pv/domain/approvals/deadlines.py": APPROVALS,
    "pv/domain/approvals/duties.py": APPROVALS,
    "pv/domain/approvals/duties_abroad.py": APPROVALS,
    "pv/domain/approvals/milestones.py": APPROVALS,
}
COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
# Reads pytest once, then runs the tests of a rule in a child of its own for each changed source,
# put where the rule is looked for; says which of them passed. No database, no Django.
RUN = """
import importlib.abc, importlib.util, json, os, signal, sys
name, path, patience, *tests = json.loads(sys.argv[1])
import hypothesis, pytest
class Changed(importlib.abc.Loader):
    def __init__(self, source):
        self.source = source
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        exec(compile(self.source, path, "exec"), module.__dict__)
class Finder(importlib.abc.MetaPathFinder):
    def __init__(self, source):
        self.source = source
    def find_spec(self, fullname, *_):
        if fullname == name:
            return importlib.util.spec_from_loader(name, Changed(self.source), origin=path)
for line in sys.stdin:
    child = os.fork()
    if not child:
        signal.alarm(int(patience))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.meta_path.insert(0, Finder(json.loads(line)))
        bare = ["-c", os.devnull, "--rootdir", ".", "--noconftest", "-p", "no:cacheprovider"]
        os._exit(int(pytest.main([*bare, "-p", "_hypothesis_pytestplugin", "-x", "-q", *tests])))
    print(int(os.waitpid(child, 0)[1] == 0), flush=True)
"""


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[], None]]]:
    """What can be changed at a node: words for it, and the change."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
        other = COMPARED[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} -> {other.__name__}", lambda: _set(node.ops, other())
    elif isinstance(node, ast.BoolOp):
        turned = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"-> {type(turned).__name__}", lambda: setattr(node, "op", turned)
    elif isinstance(node, ast.BinOp) and type(node.op) in COUNTED:
        counted = COUNTED[type(node.op)]
        yield f"-> {counted.__name__}", lambda: setattr(node, "op", counted())
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value} -> {value}", lambda: setattr(node, "value", value)
    elif isinstance(node, ast.Return) and not _nothing(node.value):
        yield "-> return None", lambda: setattr(node, "value", ast.Constant(None))


def _nothing(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _set(operators: list[ast.cmpop], other: ast.cmpop) -> None:
    operators[0] = other


def _walked(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node but decorators: whether a dataclass has slots is no rule."""
    decorators = {
        id(inner)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", ())
        for inner in ast.walk(decorator)
    }
    return (node for node in ast.walk(tree) if id(node) not in decorators)


def mutants(path: str) -> list[tuple[str, str]]:
    """Each change of a rule: where and what, and the source with it."""
    source = (ROOT / path).read_text(encoding="utf-8")
    count = sum(1 for node in _walked(ast.parse(source)) for _change in changes(node))
    made = []
    for number in range(count):
        tree = ast.parse(source)
        found = [(node, change) for node in _walked(tree) for change in changes(node)]
        node, (words, change) = found[number]
        change()
        made.append((f"{path}:{getattr(node, 'lineno', 0)} {words}", ast.unparse(tree)))
    return made


def survivors(path: str, sources: Sequence[str]) -> list[bool]:
    """Of each source of a rule, whether the tests of the rule pass on it."""
    name = path.removesuffix(".py").replace("/", ".")
    asked = json.dumps([name, str(ROOT / path), PATIENCE, *RULES[path]])
    lines = "".join(json.dumps(source) + "\n" for source in sources)
    done = subprocess.run(
        [sys.executable, "-c", RUN, asked],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return [line == "1" for line in done.stdout.split()]


@pytest.mark.figure("F27")
def test_a_rule_that_is_changed_fails_its_tests(measured) -> None:
    left: list[str] = []
    tried = there_are = 0
    for path in RULES:
        made = mutants(path)
        chosen = made[::STEP]
        unchanged = (ROOT / path).read_text(encoding="utf-8")
        whole, *alive = survivors(path, [unchanged, *(source for _words, source in chosen)])
        assert whole, f"{path} fails its tests as it is"
        assert len(alive) == len(chosen), path
        left += [words for (words, _source), lives in zip(chosen, alive, strict=True) if lives]
        tried, there_are = tried + len(chosen), there_are + len(made)
    score = 1 - len(left) / tried
    text = (
        f"{score:.1%} of {tried} changes of {len(RULES)} modules of rules failed a test "
        f"({there_are} there are)"
    )
    measured("F27", text, changes=tried)
    assert score >= LEAST, "\n".join([text, *left])
