"""J4: reading, checking and writing ICSRs against bare lxml and the schema.

The message is one of our own, made over the whole element table, since no official file ships
with the project; the official samples are measured as well where they lie beside it.
"""

import io
import multiprocessing
import os
import time
from collections.abc import Iterator
from datetime import date
from statistics import median
from typing import Any

from lxml import etree

from bench._measure import alternate, row
from dev.paths import ROOT
from pv.adapters import schemas
from pv.domain.e2b import checks
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch
from pv.domain.e2b.read import iter_each, read_batch, read_element
from pv.domain.e2b.read.regions import region_of
from pv.domain.e2b.read.source import MESSAGE_TAG, parse
from pv.domain.e2b.write import write_batch, write_stream

try:
    import e2br3
except ImportError:
    e2br3 = None

SHARED = ROOT.parent / "shared" / "e2b"
TODAY = date(2026, 11, 22)
FOLDERS = (ROOT / "var" / "e2b-schemas", SHARED / "xsd")


def _schemas() -> schemas.Schemas | None:
    for folder in FOLDERS:
        step = schemas.Schemas(folder)
        if folder.is_dir() and step.loaded():
            return step
    return None


def _samples() -> list[tuple[str, bytes]]:
    files = sorted((SHARED / "samples").glob("*.xml")) if SHARED.is_dir() else []
    return [(f.stem, f.read_bytes()) for f in files if f.stat().st_size < 500_000]


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Rows of J4; says so when neither schema set nor samples are there."""
    rounds = 5 if quick else 40
    step, samples = _schemas(), _samples()
    if step is None or not samples:
        yield {"job": "J4", "case": "not run", "reason": "no schema set or samples beside us"}
        return
    for name, data in samples:
        yield from _one(name, data, step, rounds)
    yield _stream(samples[0][1], 100 if quick else 1000)
    yield _cores(samples[0][1], 400 if quick else 10_000)


def _one(name: str, data: bytes, step: schemas.Schemas, rounds: int) -> Iterator[dict[str, Any]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    first = next(c for c in parse(data) if c.tag == MESSAGE_TAG)
    profile = region_of(first)
    batch: Batch = read_batch(data, profile)
    receiver = {Profile.FDA: "fda", Profile.NMPA: "nmpa", Profile.EU: "ema"}.get(profile, "ich")

    def bare() -> None:
        step.check_element(etree.fromstring(data, parser))

    def ours() -> None:
        root = parse(data)
        step.check_element(root)
        checks.validate(read_element(root, profile), receiver, now=TODAY)

    def parse_only() -> None:
        etree.tostring(etree.fromstring(data, parser))

    def write() -> None:
        write_batch(batch, profile)

    for call in (bare, ours, parse_only, write):
        call()
    times = alternate([ours, bare, write, parse_only], rounds=rounds)
    more = {"bytes": len(data), "target": 1.6}
    yield row("J4", f"read, schema and rules: {name}", 1, times[0], times[1], **more)
    if e2br3 is not None:
        beside = alternate([lambda: read_batch(data), lambda: e2br3.parse(data)], rounds=rounds)
        # Its reader knows 54 elements, ours all of them: the times are no like for like.
        spent = {"peer": "e2br3 (54 elements)", "peer_us": round(median(beside[1]), 1)}
        yield row("J4", f"read only: {name}", 1, beside[0], times[3], **spent)
    yield row("J4", f"write: {name}", 1, times[2], times[3], bytes=len(data), target_us=5000)


def _work(job: tuple[bytes, int]) -> int:
    """Read, schema and rules of one message a number of times, in a process of its own."""
    data, count = job
    step = _schemas()
    assert step is not None
    profile = region_of(next(c for c in parse(data) if c.tag == MESSAGE_TAG))
    found = 0
    for _ in range(count):
        root = parse(data)
        step.check_element(root)
        found += len(checks.validate(read_element(root, profile), "ich", now=TODAY))
    return found


def _cores(data: bytes, count: int) -> dict[str, Any]:
    """The same messages by one process and by two: how much quicker two are, by the clock."""
    portion = max(1, count // 40)
    jobs = [(data, portion)] * (count // portion)
    context = multiprocessing.get_context("spawn")
    spent = {}
    for processes in (1, 2):
        with context.Pool(processes) as pool:
            pool.map(_work, [(data, 1)] * processes * 2, chunksize=1)  # imports and the schema
            begun = time.perf_counter()
            assert len(set(pool.map(_work, jobs, chunksize=1))) == 1
            spent[processes] = time.perf_counter() - begun
    return {
        "job": "J4",
        "case": "read, schema and rules by one process and by two",
        "n": count,
        "one_s": round(spent[1], 2),
        "two_s": round(spent[2], 2),
        "speed_up": round(spent[1] / spent[2], 2),
        "target": 1.8,
        "load": [round(one, 1) for one in os.getloadavg()],
        "cores": os.cpu_count(),
    }


def _stream(data: bytes, count: int) -> dict[str, Any]:
    """Many messages in one batch, read one by one: memory must not follow the count."""
    batch = read_batch(data)
    message = batch.messages[0]
    profile = region_of(next(c for c in parse(data) if c.tag == MESSAGE_TAG))
    file = b"".join(write_stream(batch.values, (message for _ in range(count)), profile))
    (times,) = alternate([lambda: _drain(file)], rounds=1)
    name = "stream of messages, one in memory at a time"
    return row("J4", name, count, times, times, bytes=len(file))


def _drain(file: bytes) -> None:
    for _message in iter_each(io.BytesIO(file)):
        pass
