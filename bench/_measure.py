"""CPU time of contenders that alternate, and the row a benchmark prints."""

import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

Call = Callable[[], Any]


def cpu(call: Call) -> float:
    """CPU microseconds of this process for one call."""
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1000


def wall(call: Call) -> float:
    """Wall microseconds for one call: where the server does the work."""
    start = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - start) / 1000


def alternate(
    contenders: Sequence[Call], *, rounds: int, clock: Callable[[Call], float] = cpu
) -> list[list[float]]:
    """Each contender once per round, in turn, so that a slow minute hits all of them."""
    times: list[list[float]] = [[] for _ in contenders]
    for _ in range(rounds):
        for index, contender in enumerate(contenders):
            times[index].append(clock(contender))
    return times


def row(
    job: str, case: str, n: int, ours: Sequence[float], limit: Sequence[float], **more: Any
) -> dict[str, Any]:
    """One line: medians a unit, and the median of the ratios of each round with its range."""
    ratios = sorted(a / b for a, b in zip(ours, limit, strict=True) if b)
    return {
        "job": job,
        "case": case,
        "n": n,
        "ours_us": round(median(ours) / n, 3),
        "limit_us": round(median(limit) / n, 3),
        "ratio": round(median(ratios), 3),
        "ratio_low": round(ratios[0], 3),
        "ratio_high": round(ratios[-1], 3),
        "peer": more.pop("peer", None),
        "peer_us": more.pop("peer_us", None),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        **more,
    }


def forget_peak() -> None:
    """Start the kernel's peak memory of this process afresh (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_mb() -> float:
    """Peak resident memory since `forget_peak`, in megabytes; of the process's life elsewhere."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return round(int(lines["VmHWM"].split()[0]) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
