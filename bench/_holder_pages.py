"""What the holder reads of a register of many: tables of a report, a long listing, a cohort.

The limit of the tables is SQL alone that counts the same reactions out of the same messages, at the
wall since the server does most of both. The limits of listing and cohort are the bars themselves,
in CPU of this process.
"""

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client
from pypdf import PdfReader

from bench import _case_register
from bench._measure import alternate, forget_peak, peak_mb, row, wall
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Grant
from followup.core.permissions import Role
from followup.models import Product
from pv.adapters import listings as files
from pv.domain.periodic import Gathered, Tabulation
from pv.queries import listings
from pv.queries.aggregate_reports import register
from pv.queries.aggregate_reports.basis import CaseCount
from pv.queries.counted_cases import count_cases

LISTING_SECONDS, LISTING_MB, LISTING_PAGES = 8, 250, 100
COHORT_MS = 60
ACTOR = Actor.process("bench")
# The newest version of each case, its reactions by code, kind of report and seriousness.
BARE = """
WITH last AS (
    SELECT DISTINCT ON (v.case_id) c.received_on, v.message
    FROM pv_caseversion v JOIN pv_case c ON c.id = v.case_id
    WHERE c.product_id = %s AND c.received_on <= %s AND v.kind <> 'nullification'
    ORDER BY v.case_id, v.number DESC)
SELECT one->'values'->>'E.i.2.1b', message->'values'->>'C.1.3',
    'true' IN (one->'values'->>'E.i.3.2a', one->'values'->>'E.i.3.2b',
        one->'values'->>'E.i.3.2c', one->'values'->>'E.i.3.2d',
        one->'values'->>'E.i.3.2e', one->'values'->>'E.i.3.2f'),
    count(*) FILTER (WHERE received_on >= %s), count(*)
FROM last, jsonb_array_elements(message->'groups'->'E.i') AS one
GROUP BY 1, 2, 3"""


def cases(quick: bool, rounds: int) -> Iterator[dict[str, Any]]:
    """Over one register: 100,000 cases and 10,000 patients, a fiftieth of both when quick."""
    part, today = 50 if quick else 1, clock.today()
    product = _case_register.seed()
    _case_register.add_cases(product, 100_000 // part, today)
    # The listing first: its memory is that of a worker that has made nothing else.
    yield _listing(product, today, part, 1 if quick else rounds)
    yield _tables(product, today, 100_000 // part, rounds)
    _case_register.add_patients(product, 10_000 // part, today)
    yield _cohort(product, 10_000 // part, 3 if quick else 20)


def _tables(product: Product, today: date, count: int, rounds: int) -> dict[str, Any]:
    start = today - timedelta(days=365)

    def ours() -> CaseCount:
        gathered = Gathered(Tabulation(start, today), "en", listing=False)
        made = CaseCount(gathered, list(register.topics()), fatal_listing=False)
        for _done in count_cases(ACTOR, product, today, made):
            pass
        made.gathered.tabulation.rows()
        return made

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [product.id, today, start])
            cursor.fetchall()

    bare()
    times, limit = alternate([ours, bare], rounds=rounds, clock=wall)
    return row("holder", "tables of a report over cases", count, times, limit, target=2.0)


def _listing(product: Product, today: date, part: int, rounds: int) -> dict[str, Any]:
    """From the cases to the PDF, as the job of a line listing does it."""
    columns = listings.DEFAULT
    days = 60 if part == 1 else 365
    choice = listings.ListingChoice(product.id, today - timedelta(days=days), today)
    about = files.About(product.code, choice.start, today, clock.now(), "", "0", "en")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "listing.pdf"

        def ours() -> None:
            found = [listings.cells(each, choice) for each in listings.lines(ACTOR, choice)]
            files.WRITERS["pdf"](target, about, columns, [("", found)])

        ours()
        forget_peak()
        ours()
        memory = peak_mb()
        (times,) = alternate([ours], rounds=rounds)
        pages = len(PdfReader(target).pages)
    bar = [LISTING_SECONDS * 1e6 * pages / LISTING_PAGES] * rounds
    more = {"pages": pages, "mb": memory, "target_mb": LISTING_MB}
    return row("holder", "line listing as PDF, a page", pages, times, bar, target=1.0, **more)


def _cohort(product: Product, count: int, rounds: int) -> dict[str, Any]:
    grant = Grant.objects.filter(role=Role.STUDY_MANAGER, all_products=True).order_by("granted_at")[
        0
    ]
    client = Client()
    client.force_login(grant.user)
    asked = partial(client.get, "/cohort/", {"product": str(product.id), "lock": "now"})
    answer = asked()
    if answer.status_code != 200 or b"<svg" not in answer.content:
        raise RuntimeError("the page of the cohort shows no curve")
    begun = perf_counter()
    asked()
    took = (perf_counter() - begun) * 1000
    (times,) = alternate([asked], rounds=rounds)
    more = {"patients": count, "wall_ms": round(took, 1), "ms": round(median(times) / 1000, 1)}
    return row(
        "holder", "page of a cohort", 1, times, [COHORT_MS * 1e3] * rounds, target=1.0, **more
    )
