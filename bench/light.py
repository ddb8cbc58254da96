"""What the product costs before it does anything: CPU of a command, memory of an idle stack.

`./run bench light --against COMMIT` builds COMMIT in a work tree below var/ with the same
packages and measures both in turn, A B A B, so that a busy machine slows both alike. `ratio` is
ours by theirs, from the medians; a row without one says `why`. Both run from compiled code, which
`./run` keeps: with PYTHONDONTWRITEBYTECODE in the environment an old tree alone would be slower.

`--tests` adds the whole test run, once each, as wall time a test: the suite has grown several
times over since c6c8771, and a target for a run that drops no test means the cost of one. A run
takes half an hour on two cores, so that it is not measured unasked.
"""

import contextlib
import os
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.engines.mail_sink import free_port
from dev.engines.processes import spawn, stop
from dev.paths import ROOT, VAR

AGAINST = "EVERWATCH_BENCH_AGAINST"
TESTS = "EVERWATCH_BENCH_TESTS"
CLOCK = ("manage", "clock", "--rule", "CN-S", "--day-zero", "2026-01-30", "--json")
READY = b"Everwatch is ready"
SERVERS = (b"gunicorn", b"celery", b"pv.config.worker", b"pv.config.beat")
SETTLE = 20  # seconds an idle stack is left alone before it is weighed
LIMITS = {"start of a command": 0.25, "idle stack": 0.45, "second start": 0.5, "test run": 0.6}


@dataclass(frozen=True)
class Tree:
    """One checkout with a var/ of its own."""

    root: Path
    var: Path

    def environment(self) -> dict[str, str]:
        """The caller's, without what this benchmark put there for the other jobs."""
        ours = ("DATABASE", "REDIS", "EVERWATCH", "SECRET", "IDENTITY", "BLIND", "DJANGO", "MEDIA")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
        kept.pop("EMAIL_URL", None)
        kept.pop("LOG_LEVEL", None)
        return {**kept, "EVERWATCH_VAR": str(self.var)}

    def run(self, *arguments: str) -> None:
        """`./run` to its end; CalledProcessError when it failed."""
        subprocess.run(
            [str(self.root / "run"), *arguments],
            cwd=self.root,
            env=self.environment(),
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextlib.contextmanager
def tree_of(commit: str) -> Iterator[Tree]:
    """A work tree of `commit` with our packages; removed afterwards."""
    place = Path(tempfile.mkdtemp(prefix="tree-", dir=VAR))
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--detach", "--quiet", str(place / "tree"), commit], check=True)
    try:
        (place / "tree" / ".venv").symlink_to((ROOT / ".venv").resolve())
        # With another lock its `./run` would install its own packages, over ours.
        for name in ("requirements.lock", "requirements-uv.lock"):
            shutil.copy(ROOT / name, place / "tree" / name)
        yield Tree(place / "tree", place / "var")
    finally:
        subprocess.run([*git, "remove", "--force", str(place / "tree")], check=True)
        shutil.rmtree(place, ignore_errors=True)


def command_cpu(tree: Tree) -> float:
    """CPU milliseconds of one command that needs no service, with every process it starts."""
    before = _children()
    tree.run(*CLOCK)
    return (_children() - before) * 1000


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def demo(tree: Tree) -> tuple[float, float]:
    """A start over data that is there: seconds of CPU until ready, then megabytes when idle.

    CPU and not wall time, so that other work on the machine does not count.
    """
    log = tree.var.parent / f"demo-{tree.var.parent.name}.log"
    log.unlink(missing_ok=True)
    arguments = ("demo", "--port", str(free_port()), "--patients", "20")
    process = spawn(
        [tree.root / "run", *arguments], log=log, environment=tree.environment(), folder=tree.root
    )
    try:
        while READY not in log.read_bytes():
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.2)
        spent = _session_cpu(process.pid)
        time.sleep(SETTLE)
        return spent, _weight(process.pid)
    finally:
        stop(process, patience=90)


def _family(root: int) -> list[int]:
    """`root` and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(place.name))
    family, waiting = [], [root]
    while waiting:
        family.append(waiting.pop())
        waiting += parents.get(family[-1], [])
    return family


def _session_cpu(root: int) -> float:
    """CPU seconds of a family, with the children that have ended."""
    ticks = 0
    for pid in _family(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _weight(root: int) -> float:
    """Megabytes (PSS) of web server, worker and beat.

    Not engines, supervisor and the listener of laboratories: the older commits have no such port.
    """
    total = 0
    for pid in _family(root):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if any(name in words for name in SERVERS):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += int(rollup.partition("Pss:")[2].split()[0])
    return total / 1024


def test_time(tree: Tree) -> float:
    """Wall milliseconds a test of `./run test`, with what it prepares; failing tests count too.

    RuntimeError when pytest ran none.
    """
    began = time.monotonic()
    done = subprocess.run(
        [str(tree.root / "run"), "test", "-q"],
        cwd=tree.root,
        env=tree.environment(),
        check=False,
        capture_output=True,
        text=True,
    )
    return (time.monotonic() - began) * 1000 / tests_run(done.stdout)


def tests_run(output: str) -> int:
    """How many tests pytest says it ran: passed or failed, not skipped; RuntimeError for none."""
    lines = [line for line in output.splitlines() if re.search(r"[a-z] in [\d.]+s", line)]
    counted = re.findall(r"(\d+) (?:passed|failed)", lines[-1]) if lines else []
    if not sum(map(int, counted)):
        raise RuntimeError(f"pytest ran no test:\n{output[-2000:]}")
    return sum(map(int, counted))


def _row(case: str, unit: str, ours: list[float], theirs: list[float]) -> dict[str, Any]:
    row: dict[str, Any] = {"job": "light", "case": case, "n": len(ours), "unit": unit}
    row["ours"] = round(statistics.median(ours), 1)
    if theirs:
        row["peer"] = round(statistics.median(theirs), 1)
        row["ratio"] = round(row["ours"] / row["peer"], 3)
        row["limit"] = LIMITS[case]
    else:
        row["why"] = "nothing to compare with: --against COMMIT"
    return row


def _in_turn(
    trees: list[Tree], count: int, measure: Callable[[Tree], Any]
) -> Iterator[tuple[int, Any]]:
    for _ in range(count):
        for index, tree in enumerate(trees):
            yield index, measure(tree)


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """The rows; without a commit to compare with, ours alone."""
    commit = os.environ.get(AGAINST)
    own = Path(tempfile.mkdtemp(prefix="tree-", dir=VAR))
    try:
        with contextlib.ExitStack() as opened:
            trees = [Tree(ROOT, own / "var")]
            if commit:
                trees.append(opened.enter_context(tree_of(commit)))
            yield from _rows(trees, quick)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _rows(trees: list[Tree], quick: bool) -> Iterator[dict[str, Any]]:
    values: tuple[list[float], list[float]] = ([], [])
    for tree in trees:
        command_cpu(tree)  # compiles
    for index, spent in _in_turn(trees, 3 if quick else 7, command_cpu):
        values[index].append(spent)
    yield _row("start of a command", "ms CPU", *values)
    starts: tuple[list[float], list[float]] = ([], [])
    weights: tuple[list[float], list[float]] = ([], [])
    for tree in trees:
        tree.run("demo", "--port", str(free_port()), "--patients", "20", "--once")
    for index, (spent, weight) in _in_turn(trees, 1 if quick else 3, demo):
        starts[index].append(spent)
        weights[index].append(weight)
    yield _row("idle stack", "MB PSS", *weights)
    yield _row("second start", "s CPU", *starts)
    if os.environ.get(TESTS):
        runs: tuple[list[float], list[float]] = ([], [])
        for index, milliseconds in _in_turn(trees, 1, test_time):
            runs[index].append(milliseconds)
        yield _row("test run", "ms a test", *runs)
    else:
        yield {
            "job": "light",
            "case": "test run",
            "why": "not asked for: --tests",
        }
