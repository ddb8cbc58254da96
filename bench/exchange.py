"""J11: what comes in from others, against the least it can cost.

Results of HL7 messages kept, audited and read into lines against parsing them alone; a quarter of
FDA's files mended, loaded and reconciled against a bare read of clean files.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from bench import _signing
from bench._measure import alternate, row
from followup.actions.laboratory import files, messages
from followup.actions.laboratory.message_reading import TOGETHER
from followup.core import clock
from followup.core.actor import Actor
from followup.domain.laboratory import hl7
from followup.models import LaboratoryLine, Patient
from pv.adapters.faers import Store, mend
from pv.demo.seeding import fill_register
from pv.domain.faers import Kind, Quarter

DATABASE = True
RESULTS = 25  # of one message, as of a blood count with chemistry
BENCH = Actor.process("bench")
QUARTER = Quarter(2026, 2)
_SHAPES = {
    Kind.DEMO: (
        0.35,
        "SELECT range AS primaryid, range // 2 AS caseid, range % 2 + 1 AS caseversion, "
        "'I' AS i_f_code, '202605' AS event_dt, '20260601' AS fda_dt, 'EXP' AS rept_cod, "
        "hash(range) % 90 AS age, 'YR' AS age_cod, 'F' AS sex, 'CN' AS occr_country",
    ),
    Kind.DRUG: (
        1.0,
        "SELECT range // 3 AS primaryid, range // 6 AS caseid, range % 3 + 1 AS drug_seq, "
        "'PS' AS role_cod, 'DRUG ' || hash(range) % 4000 AS drugname, "
        "'INGREDIENT ' || hash(range) % 3000 AS prod_ai, 1 AS val_vbm, 'Intravenous' AS route, "
        "'100 MG EVERY OTHER DAY FOR TWO WEEKS' AS dose_vbm, 'Y' AS dechal, 'N' AS rechal",
    ),
    Kind.REAC: (
        1.0,
        "SELECT range // 3 AS primaryid, range // 6 AS caseid, "
        "'Reaction number ' || hash(range) % 9000 AS pt, NULL AS drug_rec_act",
    ),
}


def _message(number: str, place: int) -> bytes:
    day = clock.today() - timedelta(days=2)
    lines = [
        f"MSH|^~\\&|LIS|L|E|E|{day:%Y%m%d}1200||ORU^R01|M{place}|P|2.4||||||GB 18030-2000",
        f"PID|1||{number}^^^HIS^MR",
        f"OBR|1||F{place}|P|||{day:%Y%m%d}0830",
    ]
    lines += [
        f"OBX|{n}|NM|C{n}^项目{n}||{n}.{(place * 7 + n) % 1000:03d}|g/L|1-90|N|||F"
        for n in range(RESULTS)
    ]
    return "\r".join(lines).encode("gb18030")


def _quarter(place: Path, count: int) -> dict[Kind, Path]:
    """Clean files of a quarter with `count` drug rows."""
    made = {}
    for kind, (share, text) in _SHAPES.items():
        made[kind] = place / f"{kind}.txt"
        duckdb.sql(
            f"COPY ({text} FROM range({int(count * share)})) TO '{made[kind]}' "
            "(FORMAT csv, DELIMITER '$', HEADER, QUOTE '')"
        )
    return made


def _faers(quick: bool) -> Iterator[dict[str, Any]]:
    """Three files of a quarter mended, loaded and reconciled against a bare read by DuckDB."""
    count = 50_000 if quick else 5_000_000
    names = iter(range(10**6))
    with TemporaryDirectory() as folder:
        place = Path(folder)
        files = _quarter(place, count)

        def ours() -> None:
            with (
                Store.open(place / f"{next(names)}.duckdb") as store,
                store.quarter(QUARTER, ""),
            ):
                for kind, path in files.items():
                    spool = place / "spool"
                    with path.open("rb") as file:
                        reader = mend(file, kind, spool)
                    assert reader.counts.balanced
                    loaded = store.add(kind, QUARTER, reader.columns, spool)
                    assert loaded == reader.counts.lines

        def bare() -> None:
            with duckdb.connect(str(place / f"{next(names)}.duckdb")) as connection:
                connection.execute("SET memory_limit = '1GB'; SET threads = 2")
                for kind, path in files.items():
                    connection.execute(
                        f"CREATE TABLE {kind} AS SELECT * FROM read_csv('{path}', delim = '$', "
                        "quote = '', header = true, all_varchar = true)"
                    )

        rounds = 1 if quick else 3
        loads, limit = alternate((ours, bare), rounds=rounds)
    yield row("exchange", "faers", count, loads, limit)


def _hl7(quick: bool) -> Iterator[dict[str, Any]]:
    """Messages kept, committed and read, in batches and one after the other, as the listener does.

    Each is sealed, audited row by row, looked up and read by the rules of its measure.
    """
    count = 100 if quick else 400
    for _ in fill_register(BENCH, count=10, seed=1):
        pass
    patient = Patient.objects.select_related("site").first()
    assert patient is not None
    source = files.add_source(BENCH, patient.site, name="bench")
    for n in range(RESULTS):
        files.confirm_code(BENCH, source, item=f"C{n} 项目{n}", unit="g/L", measure="hb")
    place = iter(range(10**9))
    parsed = [_message(patient.study_code, n) for n in range(count)]

    rounds = 3
    sent = [
        [_message(patient.study_code, next(place)) for _ in range(count)] for _ in range(2 * rounds)
    ]

    def together() -> None:
        waiting = sent.pop()
        for start in range(0, count, TOGETHER):
            some = waiting[start : start + TOGETHER]
            kept = messages.receive_all(BENCH, source, contents=some, protocol="HL7")
            messages.read_kept(BENCH, kept)

    def alone() -> None:
        for content in sent.pop():
            kept = messages.receive(BENCH, source, content=content, protocol="HL7")
            messages.read(BENCH, kept.message)

    def parse() -> None:
        for content in parsed:
            hl7.read(content, clock.SHANGHAI)

    ours, single, limit = alternate((together, alone, parse), rounds=rounds)
    assert LaboratoryLine.objects.count() == 2 * rounds * count * RESULTS
    speed = {"target": 4.0}  # a quarter of the speed of parsing alone
    yield row("exchange", "hl7, in batches", count * RESULTS, ours, limit, **speed)
    yield row("exchange", "hl7, one by one", count * RESULTS, single, limit)


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Messages of laboratories, a file for a gateway, then FDA's quarters."""
    yield from _hl7(quick)
    yield from _signing.cases(quick)
    yield from _faers(quick)
