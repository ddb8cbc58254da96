"""A sample of the authorisation matrix here, all of it in a release: `./run oracle matrix`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dev.engines.databases import Addresses, clone, drop
from dev.testing.pytest_engines import Engines

COUNT = int(os.environ.get("EVERWATCH_EXAMPLES", "250"))
RELEASE = COUNT >= 15_000
PARTS = (os.cpu_count() or 1) if RELEASE else 1
RUN = (
    "import pathlib; import django; django.setup(); from tests.oracle import authorisation_parts; "
    "authorisation_parts.{}(pathlib.Path({!r}), *{!r})"
)
# Connections are kept, as where it runs: a new one for each request is most of a request's time.
OWN = {
    "DJANGO_SETTINGS_MODULE": "pv.config.settings",
    "API_RATE": "1000000/min",
    "DATABASE_POOL": "true",
}


def _run(step: str, place: Path, given: Sequence[int], environment: dict[str, str]) -> None:
    code = RUN.format(step, str(place), tuple(given))
    with (place / f"{step}-{'-'.join(map(str, given))}.txt").open("w+") as log:
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment | OWN, check=False, stderr=log
        )
        log.seek(0)
        assert done.returncode == 0, log.read()[-3000:]


def _side_by_side(work: Callable[[int], Any]) -> None:
    with ThreadPoolExecutor(PARTS) as pool:
        list(pool.map(work, range(PARTS)))


def _figures(place: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads((place / f"{name}-{part}.json").read_text()) for part in range(PARTS)]


def _asked(place: Path, measured: Any) -> None:
    parts = _figures(place, "asked")
    told = "\n".join(line for part in parts for line in part.pop("told"))
    asked, wrong = (sum(part[name] for part in parts) for name in ("asked", "wrong"))
    there = parts[0]["cells"]
    measured("F1", f"{wrong} of {asked:,} cells answered wrongly, {there:,} there are", cells=asked)
    walls = {
        name: {key: sum(part[name][key] for part in parts) for key in parts[0][name]}
        for name in ("database alone", "django alone")
    }
    said = [
        f"{name}: {one['leaks']} leaks of {one['cells']:,} cells, {one['at the wall']:,} reach it"
        for name, one in walls.items()
    ]
    measured("F3", "; ".join(said))
    print(f"{wrong} of {asked:,} cells wrong of {there:,}; {'; '.join(said)}")
    assert there >= 15_000
    assert asked >= min(COUNT, 15_000)
    assert wrong == 0, told
    assert [one["leaks"] for one in walls.values()] == [0, 0], told
    assert sum(part["words in the log"] for part in parts) == 0


def _found(place: Path) -> None:
    parts = _figures(place, "found")
    for kind in ("visible", "policy"):
        holes = sum(part[kind]["holes"] for part in parts)
        missed = [name for part in parts for name in part[kind]["missed"]]
        print(f"{kind}: {holes - len(missed)} of {holes} holes found")
        assert missed == [], kind


@pytest.mark.figure("F1", "F3")
def test_nobody_is_answered_beyond_the_own_records(
    engines: Engines, cloned_database, measured, tmp_path: Path
) -> None:
    first = cloned_database.environment
    _run("make", tmp_path, (), first)
    mine = cloned_database
    source = Addresses(mine.application, mine.owner, mine.admin)
    copies = [clone(source, f"{source.name}_{part}") for part in range(1, PARTS)]
    environments = [first, *map(engines.environment, copies)]
    try:
        _side_by_side(lambda part: _run("ask", tmp_path, (part, PARTS, COUNT), environments[part]))
        _asked(tmp_path, measured)
        if RELEASE:
            _side_by_side(lambda part: _run("find", tmp_path, (part, PARTS), environments[part]))
            _found(tmp_path)
    finally:
        for copy in copies:
            drop(copy)
