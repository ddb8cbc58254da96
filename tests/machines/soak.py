"""Work that goes on for hours while one machine after the other fails: what people are answered.

`./run faults soak` runs it; it is no part of the ordinary run. EVERWATCH_SOAK_MINUTES is how long,
EVERWATCH_SOAK_EVERY the seconds from one fault to the next, EVERWATCH_HOLD how long each lasts.
"""

import itertools
import os
import random
import statistics
import time
from pathlib import Path

import pytest

from tests.machines.drill import HOLD, faults_of, working
from tests.machines.hosts import WEBS, WORKERS, Hosts

MINUTES = float(os.environ.get("EVERWATCH_SOAK_MINUTES", "5"))
EVERY = float(os.environ.get("EVERWATCH_SOAK_EVERY", "60"))
GROWTH = 1.25  # the middle of the last third over that of the first: what a flat line is
SHORTEST = 6  # measurements of one process that a slope can be told from


def _megabytes(process: int) -> float:
    """What a process holds in memory, its children included."""
    total, open_ones = 0.0, [process]
    while open_ones:
        number = open_ones.pop()
        try:
            status = Path(f"/proc/{number}/status").read_text(encoding="utf-8")
            tasks = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="utf-8")
        except OSError:  # it has ended meanwhile
            continue
        lines = [line for line in status.splitlines() if line.startswith("VmRSS")]
        total += int(lines[0].split()[1]) / 1024 if lines else 0
        open_ones += map(int, tasks.split())
    return total


class Memory:
    """What the web servers and workers hold, measured over the life of each process."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.held: dict[tuple[str, int, int], list[float]] = {}

    def measure(self) -> None:
        """Once now."""
        for machine in (*WEBS, *WORKERS):
            for number, child in enumerate(self.hosts.children.get(machine, [])):
                lived = self.held.setdefault((machine, number, child.pid), [])
                lived.append(_megabytes(child.pid))

    def growth(self) -> dict[str, float]:
        """By process that lived long enough: the end of its life over the beginning."""
        found = {}
        for (machine, number, _pid), lived in self.held.items():
            if len(lived) >= SHORTEST:
                third = len(lived) // 3
                grown = statistics.median(lived[-third:]) / statistics.median(lived[:third])
                name = f"{machine}.{number}"
                found[name] = max(grown, found.get(name, 0))
        return found


@pytest.mark.figure("F32")
def test_hours_of_work_with_failing_machines(hosts: Hosts, measured) -> None:
    with working(hosts) as drill:
        memory, struck = Memory(hosts), []
        began = time.monotonic()
        windows: list[tuple[float, float]] = []
        mixed = list(faults_of(hosts))
        random.Random(32).shuffle(mixed)
        faults = itertools.cycle(mixed)
        while time.monotonic() - began < MINUTES * 60:
            start = time.monotonic()
            struck.append(drill.strike(*next(faults)))
            windows.append((start, time.monotonic()))
            while time.monotonic() < start + EVERY:
                memory.measure()
                time.sleep(min(5.0, EVERY / 12))
        lasted = (time.monotonic() - began) / 60
        found = drill.settle()
        failures = [one for nurse in drill.load.nurses for one in nurse.failures]
        acknowledged = drill.load.acknowledged()
    outside = [one for one in failures if not any(a <= one[0] <= b for a, b in windows)]
    others = [one for one in failures if one[1] != 503]
    lost = set(acknowledged) - set(found["rows"])
    grown = memory.growth()
    most = max(grown.values(), default=0.0)
    text = (
        f"{lasted:.0f} min, {len(struck)} faults of {HOLD:g} s: {len(failures)} answers of 5xx, "
        f"{len(others)} of them no 503, {len(outside)} outside the faults; {len(lost)} of "
        f"{len(acknowledged)} acknowledged writes lost; memory of the process that grew most "
        f"{most:.2f} times ({len(grown)} lived long enough to tell)"
    )
    measured("F32", text, minutes=int(lasted))
    assert (outside, others, lost) == ([], [], set()), text
    assert drill.load.faults() == []
    assert most < GROWTH, text
