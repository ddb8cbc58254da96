"""J1: planning and storing schedules against bare COPY into the same table without triggers."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import psycopg
from django.db import connection, transaction

from bench._measure import alternate, row, wall
from bench._writes import rolled_back
from followup.actions import schedules
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.domain import schedules as planning
from followup.models import Infusion, Patient, Product, Schedule, Site
from followup.queries import protocols

DATABASE = True
BENCH = Actor.process("bench")


def _infusions(count: int) -> list[Infusion]:
    """Patients with one infusion each, spread over ten years."""
    first = Product.objects.filter(is_car_t=True).order_by("code")[0]
    made = []
    with transaction.atomic(), audit.acting(BENCH, "bench.seed"):
        site = Site.objects.create(code="BENCH", name_zh="测", name_en="Bench")
        for number in range(count):
            day = date(2016, 1, 1) + timedelta(days=number % 3650)
            patient = Patient.objects.create(
                site=site,
                study_code=f"BENCH-{number:06d}",
                sex="UNKNOWN",
                vital_status="ALIVE",
                state_since=day,
                registered_at="2026-01-01T00:00:00Z",
            )
            made.append(
                Infusion.objects.create(
                    patient=patient,
                    site=site,
                    product=first,
                    off_label_reason="bench",
                    infused_on=day,
                    lot="1",
                    chain_of_identity=str(number),
                    recorded_at="2026-01-01T00:00:00Z",
                )
            )
    return made


def cases(quick: bool = False) -> Iterator[dict[str, Any]]:
    """Plan alone, and plan with store and audit, each against its limit."""
    patients, rounds = (40, 3) if quick else (400, 7)
    infusions = _infusions(patients)
    item = protocols.latest()
    protocol, today = protocols.of(item), date(2026, 11, 22)
    horizon = today + schedules.HORIZON
    count = sum(len(planning.plan(i.infused_on, protocol, horizon)) for i in infusions)
    yield _plan(infusions, protocol, horizon, count, rounds)
    yield _store(infusions, item, today, rounds)


def _plan(
    infusions: list[Infusion], protocol: Any, horizon: date, n: int, rounds: int
) -> dict[str, Any]:
    def ours() -> None:
        for infusion in infusions:
            planning.plan(infusion.infused_on, protocol, horizon)

    def bare() -> None:
        for infusion in infusions:
            day = infusion.infused_on.toordinal()
            for offset in range(n // len(infusions)):
                date.fromordinal(day + offset)
                date.fromordinal(day + offset + 7)
                date.fromordinal(day + offset + 14)

    times = alternate([ours, bare], rounds=rounds)
    return row("J1", "plan; limit is three dates a visit in plain Python", n, *times, target=2.0)


def _schedule(infusion: Infusion, item: Any, horizon: date) -> Schedule:
    return Schedule(
        infusion=infusion,
        patient_id=infusion.patient_id,
        site_id=infusion.site_id,
        product_id=infusion.product_id,
        protocol=item,
        day_zero=infusion.infused_on,
        planned_to=horizon,
        created_at=clock.now(),
    )


def _rows(infusions: list[Infusion], made: list[Any], plans: Any, today: date) -> Iterator[Any]:
    for infusion, key, visits in zip(infusions, made, plans, strict=True):
        keys = (key, infusion.patient_id, infusion.site_id, infusion.product_id)
        yield from schedules.visit_rows(keys, visits, today)


def _store(infusions: list[Infusion], item: Any, today: date, rounds: int) -> dict[str, Any]:
    protocol, horizon = protocols.of(item), today + schedules.HORIZON
    plans = [planning.plan(i.infused_on, protocol, horizon) for i in infusions]

    def audited() -> None:
        fresh = [planning.plan(i.infused_on, protocol, horizon) for i in infusions]
        made = Schedule.objects.bulk_create(_schedule(i, item, horizon) for i in infusions)
        schedules.write(_rows(infusions, [row.id for row in made], fresh, today))

    prepared = list(_rows(infusions, [i.id for i in infusions], plans, today))

    def bare() -> None:
        statement = f"COPY bench_visit ({', '.join(schedules.COLUMNS)}) FROM STDIN (FORMAT BINARY)"
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(schedules.COLUMNS.values()))
            for line in prepared:
                copy.write_row(line)

    _bare_table()
    times = alternate(
        [rolled_back(BENCH, audited), rolled_back(BENCH, bare)], rounds=rounds, clock=wall
    )
    name = "plan, store and audit; limit is binary COPY into the same indexes"
    return row("J1", name, len(prepared), *times, target=4.0)


def _bare_table() -> None:
    """The same table with the same indexes and no trigger, made by the role that owns tables."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("DROP TABLE IF EXISTS bench_visit")
        owner.execute("CREATE TABLE bench_visit (LIKE followup_plannedvisit INCLUDING ALL)")
        owner.execute(
            "GRANT SELECT, INSERT, DELETE ON bench_visit TO everwatch_app, everwatch_worker"
        )
        owner.execute(
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO everwatch_app, everwatch_worker"
        )
