"""The order of a run with workers: what takes minutes begins first, on a worker each.

pytest-xdist deals every worker one part of the list in its order; who is done takes from the end of
another's part. So a part begins with what is long, whole, and ends with many small tests: nobody
is left alone with minutes, and what shares a world or a live stack makes it once.

Loaded with `-p dev.testing.pytest_order`.
"""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

# Seconds of CPU of what stays together: a folder or a file. Anything near is good enough.
LONG = {
    "tests/browser/": 900,
    "tests/flows/test_absurd_values.py": 350,
    "tests/flows/test_api_document.py": 200,
    "tests/flows/": 200,
    "tests/ground/": 150,
    "tests/architecture/test_matrix.py": 60,
    "tests/pv/demo/": 50,
}

Test = TypeVar("Test")


def kind_of(name: str) -> str:
    """The closest entry of LONG for a test's name; empty for a short one."""
    return max((kind for kind in LONG if name.startswith(kind)), key=len, default="")


def dealt(kinds: Iterable[str], workers: int) -> list[list[str]]:
    """The long kinds, each to the worker that has the least so far, the longest first."""
    hands: list[list[str]] = [[] for _ in range(workers)]
    for kind in sorted(kinds, key=lambda one: (-LONG[one], one)):
        min(hands, key=lambda hand: sum(LONG[one] for one in hand)).append(kind)
    return hands


def ordered(tests: Sequence[tuple[str, Test]], workers: int) -> list[Test]:
    """The tests with their names, each worker's part with its long ones first."""
    heads: dict[str, list[Test]] = {}
    for name, test in tests:
        heads.setdefault(kind_of(name), []).append(test)
    short = heads.pop("", [])
    order: list[Test] = []
    for number, hand in enumerate(dealt(heads, workers)):
        # What pytest-xdist hands out: of what is left, an equal share for each worker left.
        size = (len(tests) - len(order)) // (workers - number)
        long = [test for kind in hand for test in heads[kind]]
        room = max(size - len(long), 0)
        order += [*long, *short[:room]]
        short = short[room:]
    return [*order, *short]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests in order in each worker; the process that deals them collects none."""
    given = getattr(config, "workerinput", None)
    if given is not None:
        items[:] = ordered([(item.nodeid, item) for item in items], int(given["workercount"]))
