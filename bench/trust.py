"""What the seal costs: verification, a listing as known, and writers beside the sealer.

`as known` is the listing of all sites of a register through the view of a lock by the same query
on the present rows, after one row in a hundred was changed since; `writers` is the time of the same
writes with a sealer at work by the time without one. Both halves of a ratio run in turn.
"""

import statistics
import threading
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from followup.actions import data_locks, seals
from followup.core import audit
from followup.core.actor import Actor
from followup.models import Site
from followup.queries import data_locks as locks
from followup.queries import seals as queries

DATABASE = True
SYSTEM = Actor.process("bench")
RATE, AS_KNOWN, WRITERS = 10_000, 3.0, 1.05
ROUNDS = 7


def _fill(count: int) -> None:
    with transaction.atomic(), audit.acting(SYSTEM, "bench.fill"):
        Site.objects.bulk_create(
            [Site(code=f"B{n}", name_zh="甲", name_en=f"{n}") for n in range(count)],
            batch_size=2000,
        )


def _timed(work: Any) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _write() -> None:
    for number in range(150):
        with transaction.atomic(), audit.acting(SYSTEM, "bench.write"):
            Site.objects.filter(code=f"B{number}").update(name_en=f"{time.monotonic_ns()}")


def _sealing(stop: threading.Event) -> None:
    while not stop.wait(1):
        seals.seal_all(SYSTEM, seconds=1)
    connection.close()


def _writers() -> float:
    """Ratio of the medians, a round with and a round without a sealer in turn."""
    bare, sealed = [], []
    for _ in range(ROUNDS):
        bare.append(_timed(_write))
        stop = threading.Event()
        sealer = threading.Thread(target=_sealing, args=(stop,))
        sealer.start()
        sealed.append(_timed(_write))
        stop.set()
        sealer.join()
    return statistics.median(sealed) / statistics.median(bare)


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Rows per second of a verification, and the two ratios."""
    count = 5_000 if quick else 100_000
    _fill(count)
    took = _timed(lambda: seals.seal_all(SYSTEM, seconds=3600))
    total = queries.head().seq
    row = {"job": "trust", "n": total, "peer": None, "peer_us": None, "rss_mb": None}
    yield row | _of("seal", took / total, None, None)
    started = time.perf_counter()
    walk = queries.walk(after=0, chain=bytes(32), anchors={})
    each = (time.perf_counter() - started) / walk.checked
    yield row | _of("verify", each, 1 / RATE, each * RATE)
    lock = data_locks.make(SYSTEM, name="bench")
    with transaction.atomic(), audit.acting(SYSTEM, "bench.edit"):
        Site.objects.filter(code__endswith="77").update(name_zh="乙")
    seals.seal_all(SYSTEM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    now, then = [], []
    for _ in range(ROUNDS):
        now.append(_timed(lambda: list(Site.objects.values_list("id", "code", "name_zh"))))
        with locks.known_at(lock):
            then.append(_timed(lambda: list(Site.objects.values_list("id", "code", "name_zh"))))
    ratio = statistics.median(then) / statistics.median(now)
    yield row | {"n": count} | _of("as known", statistics.median(then) / count, None, ratio)
    yield row | {"n": 150} | _of("writers", 0, None, _writers())


def _of(case: str, seconds: float, limit: float | None, ratio: float | None) -> dict[str, Any]:
    return {
        "case": case,
        "ours_us": round(seconds * 1e6, 2),
        "limit_us": round(limit * 1e6, 2) if limit else None,
        "ratio": round(ratio, 3) if ratio is not None else None,
    }
