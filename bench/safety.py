"""J8: the search for duplicates over a register of cases against the bare SQL that reads the rows.

The bare statement finds the same rows by the same index and reads their values; ours scores and
orders them as well. Times are CPU of this process; `wall_ms` is the whole query at the server too.
Coding type-ahead (`bench/_type_ahead.py`) and ICSRs (`bench/icsr.py`) follow.
"""

import json
import os
import time
from collections.abc import Iterator
from random import Random
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from bench import _type_ahead, icsr
from bench._measure import Call, alternate, row
from followup.domain.dates import PartialDate
from pv.domain.duplicates import Report, from_data, search_keys, to_data
from pv.models import CaseFeatures
from pv.queries import duplicates

DATABASE = True
SIZES, QUICK = (10_000, 1_000_000), (1_000, 5_000)
BLOCK = 10_000
_SMALL: dict[str, list[float]] = {}


def sizes(quick: bool) -> tuple[int, int]:
    """Cases in the register, small first."""
    return QUICK if quick else SIZES


def report(random: Random, number: int) -> Report:
    """A synthetic case: sixteen products, twenty years, a lot of up to forty patients."""
    year, month, day = random.randint(2010, 2026), random.randint(1, 12), random.randint(1, 28)
    onset = random.randint(year, 2026)
    return {
        "report_ids": frozenset({f"CN-B-{number}"}),
        "person_key": str(number // 2 if number % 50 == 0 else number),
        "birth_date": PartialDate(random.randint(1935, 2015), random.randint(1, 12), day),
        "sex": random.choice("12"),
        "country": "CN",
        "site_key": str(random.randint(1, 300)),
        "product_code": f"P{random.randint(1, 16)}",
        "lot": f"L{random.randint(1, 40_000)}",
        "infused_on": PartialDate(year, month, day),
        "terms": frozenset({str(10_000_000 + random.randint(1, 800))}),
        "onset": PartialDate(onset, random.randint(1, 12), day),
        "outcome": random.choice("12345"),
    }


def _fill(cases: int) -> list[UUID]:
    """The register, without triggers: what is measured is reading."""
    random, known = Random(8), duplicates.rules()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("ALTER TABLE pv_casefeatures DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'pv_casefeatures'::regclass AND contype = 'f'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(
                SQL("ALTER TABLE pv_casefeatures DROP CONSTRAINT {}").format(Identifier(name))
            )
        cursor.execute("DROP INDEX case_features_keys")
        # The owner is under row security too, and COPY knows none: lifted for the filling alone.
        cursor.execute("ALTER TABLE pv_casefeatures NO FORCE ROW LEVEL SECURITY")
        copy = "COPY pv_casefeatures (id, case_id, values, keys) FROM STDIN"
        for start in range(0, cases, BLOCK):
            with cursor.copy(copy) as out:
                for number in range(start, min(start + BLOCK, cases)):
                    one = report(random, number)
                    key = UUID(int=number + 1)
                    keys = "{" + ",".join(search_keys(one, known.blocking)) + "}"
                    out.write_row((key, key, _json(one), keys))
        cursor.execute("ALTER TABLE pv_casefeatures FORCE ROW LEVEL SECURITY")
        cursor.execute("CREATE INDEX case_features_keys ON pv_casefeatures USING gin (keys)")
        cursor.execute("ANALYZE pv_casefeatures")
    return [UUID(int=random.randint(1, cases)) for _ in range(40)]


def _json(one: Report) -> str:
    return json.dumps(to_data(one))


def at(cases: int, quick: bool = False) -> Iterator[dict[str, Any]]:
    """CPU of one search; the limit is the bare SQL of the same rows."""
    known, probes = duplicates.rules(), _fill(cases)
    stored = dict(CaseFeatures.objects.filter(case_id__in=probes).values_list("case_id", "values"))
    reports = {key: from_data(known.weights, data) for key, data in stored.items()}
    turn = {"ours": 0, "bare": 0}

    def probe(name: str) -> tuple[UUID, Report]:
        turn[name] += 1
        return list(reports.items())[turn[name] % len(reports)]

    def ours() -> None:
        duplicates.found(*probe("ours"), known)

    def bare() -> None:
        key, one = probe("bare")
        duplicates.rows_sharing(key, search_keys(one, known.blocking), known)

    calls: list[Call] = [ours, bare]
    for call in calls:
        call()
    rounds = 5 if quick else 60
    times = alternate(calls, rounds=rounds)
    walls = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ours()
        walls.append((time.perf_counter() - begun) * 1000)
    more = {"cases": cases, "wall_ms": round(median(walls), 2)}
    yield row("J8", "duplicate search", 1, times[0], times[1], target=3.0, **more)
    if cases == sizes(quick)[-1]:
        yield from _type_ahead.cases(quick)
        yield from icsr.cases(quick)
