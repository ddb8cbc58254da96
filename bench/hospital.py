"""J7: patients moved to another protocol version against one UPDATE; pages of a hospital."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.test import Client

from bench import _many_hospitals
from bench._measure import Call, alternate, row, wall
from bench._writes import rolled_back
from followup.actions import amendments
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.domain.references import fingerprint
from followup.models import PlannedVisit, ProtocolAmendment, ReferenceItem, Schedule
from followup.queries import amendments as queries
from followup.queries import protocols

DATABASE = True
SIZES = (10_000, 1_000_000)
QUICK = (300, 1_200)
BENCH = Actor.process("bench")
BLOCK = 2000
PAGE_US = 25_000.0  # CPU a page of the hospital may take


def sizes(quick: bool) -> tuple[int, int]:
    """Patients in the register."""
    return QUICK if quick else SIZES


def _amendment() -> ProtocolAmendment:
    """A version with other windows from month 9 on, and the move of everybody to it."""
    source = protocols.latest()
    points = [
        {**p, "after": p["after"] + 10} if p["code"] in ("M9", "M18", "M24", "Y{year}") else p
        for p in source.data["points"]
    ]
    data = {**source.data, "version": "bench", "points": points}
    with transaction.atomic(), audit.acting(BENCH, "bench.seed"):
        target = ReferenceItem.objects.create(
            kind="protocol",
            code=source.code,
            version="bench",
            data=data,
            sha256=fingerprint(data),
            loaded_at=clock.now() - timedelta(days=3650),
        )
        busiest = Schedule.objects.filter(protocol=source).order_by().values_list("product_id")
        product = max(set(busiest[:500]), key=list(busiest[:500]).count)[0]
        return ProtocolAmendment.objects.create(
            product_id=product, source=source, target=target, purpose="bench", made_at=clock.now()
        )


def _blocks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BLOCK):
        yield ids[start : start + BLOCK]


_ONE_UPDATE = """
UPDATE followup_plannedvisit SET due = due + 10, snoozed_to = NULL, due_version = due_version + 1
WHERE id = ANY(%s)
"""


def _move(amendment: ProtocolAmendment, rounds: int) -> dict[str, Any]:
    today = clock.today()
    ids = list(queries.waiting(BENCH, amendment).values_list("id", flat=True))
    touched: list[int] = []

    def ours() -> None:
        for block in _blocks(ids):
            amendments.move(BENCH, amendment, ids=block, on=today)
        if not touched:
            rows = PlannedVisit.objects.filter(schedule__in=ids, due_version__gt=1)
            touched.extend(rows.values_list("id", flat=True))

    def bare() -> None:
        with connection.cursor() as cursor:
            # The job moves blocks; all at once may take longer than a page is given.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(_ONE_UPDATE, [touched])

    rolled_back(BENCH, ours)()
    times = alternate(
        [rolled_back(BENCH, ours), rolled_back(BENCH, bare)], rounds=rounds, clock=wall
    )
    more: dict[str, Any] = {"schedules": len(ids), "visits_moved": len(touched), "target": 2.0}
    name = "amend; limit is one UPDATE of the same visits"
    return row("J7", name, max(1, len(ids)), *times, **more)


def _user(role: Role) -> User:
    """The demo user of a role at the busiest hospital."""
    rows = Grant.objects.filter(role=role, site_id__isnull=False).order_by("granted_at")
    return rows[0].user


def at(patients: int, quick: bool = False) -> Iterator[dict[str, Any]]:
    """The amendment, and CPU of matrix, patient page and quality board against their limit."""
    _many_hospitals.seed(patients)
    rounds = 3 if quick else 5
    client = Client()
    client.force_login(_user(Role.SITE_LEAD))
    site = _user(Role.SITE_LEAD).grants.get().site_id
    if site is None:
        raise RuntimeError("the lead of the demo has a hospital")
    patient = Schedule.objects.filter(site_id=site).order_by("id")[0].patient_id
    contenders: dict[str, Call] = {
        "matrix, page of 50": lambda: client.get("/matrix/"),
        "patient page": lambda: client.get(f"/patients/{patient}/"),
        "quality of a centre": lambda: client.get("/quality/"),
    }
    for call in contenders.values():
        call()
    times = alternate(list(contenders.values()), rounds=5 if quick else 20)
    for name, ours in zip(contenders, times, strict=True):
        limit = [PAGE_US] * len(ours)
        yield row("J7", f"{name}; limit is 25 ms of CPU", 1, ours, limit, patients=patients)
    yield _move(_amendment(), rounds)
