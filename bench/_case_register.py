"""Registers of many rows for the holder's benchmarks: rows of the demo, copied and varied.

A copy of a case keeps its whole message; its day, its coded term and its words are its own. Written
without triggers, since what is measured is reading.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from dev.paths import ROOT
from followup.models import Consent, Infusion, Patient, Product
from pv.models import Case, CaseSource, CaseVersion

SEEDED = 12  # patients of the demo, told step by step
DAYS = 6 * 365
Changes = Mapping[str, str]
# A copy is number n of generate_series; its key has n behind the number of its table.
_KEY = "('{:08x}-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
_DAY = "%(start)s::date + (n %% %(days)s)::int"
_MESSAGE = """jsonb_set(jsonb_set(t.message,
    '{groups,E.i,0,values,E.i.2.1b}', to_jsonb((10000001 + n %% 800)::text)),
    '{groups,E.i,0,values,E.i.1.1a}', to_jsonb('term ' || (n %% 800)))"""
_CASES: Sequence[tuple[Any, str, Changes]] = (
    (
        Case,
        "id",
        {
            "id": _KEY.format(1),
            "number": "'B' || lpad(n::text, 9, '0')",
            "product_id": "%(product)s",
            "received_on": _DAY,
        },
    ),
    (
        CaseVersion,
        "case_id",
        {
            "id": _KEY.format(2),
            "case_id": _KEY.format(1),
            "product_id": "%(product)s",
            "number": "1",
            "information_on": _DAY,
            "message": _MESSAGE,
        },
    ),
    (
        CaseSource,
        "case_id",
        {
            "id": _KEY.format(3),
            "case_id": _KEY.format(1),
            "product_id": "%(product)s",
            "reference": "'B' || n",
            "received_on": _DAY,
        },
    ),
)
# One in five is dead; contacts ended anywhere between the infusion and today.
_SINCE = "((n * 7919) %% (%(days)s - n %% %(days)s))::int"
_PATIENTS: Sequence[tuple[Any, str, Changes]] = (
    (
        Patient,
        "id",
        {
            "id": _KEY.format(4),
            "study_code": "'B' || lpad(n::text, 9, '0')",
            "vital_status": "CASE WHEN n %% 5 = 0 THEN 'DEAD' ELSE 'ALIVE' END",
            "follow_up_state": "CASE WHEN n %% 5 = 0 THEN 'DEAD' ELSE 'ACTIVE' END",
            "died_on_text": f"CASE WHEN n %% 5 = 0 THEN ({_DAY} + {_SINCE})::text ELSE '' END",
            "last_contact_on": f"{_DAY} + {_SINCE}",
        },
    ),
    (
        Consent,
        "patient_id",
        {
            "id": _KEY.format(5),
            "patient_id": _KEY.format(4),
            "purposes": "'{LTFU,HOLDER}'",
            "withdrawn_on": "NULL",
        },
    ),
    (
        Infusion,
        "patient_id",
        {
            "id": _KEY.format(6),
            "patient_id": _KEY.format(4),
            "product_id": "%(product)s",
            "infused_on": _DAY,
            "chain_of_identity": "'B' || n",
            "retired": "false",
        },
    ),
)


def seed() -> Product:
    """The demo's world; the product with its first case.

    Told by a process of its own: its memory would be counted as that of the readers.
    """
    told = [sys.executable, "manage.py", "seed_demo", "--patients", str(SEEDED), "--seed", "1"]
    subprocess.run([*told, "--verbosity", "0"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return Product.objects.get(id=str(_templates()[0].product_id))


def _templates() -> list[Case]:
    rows = Case.objects.filter(origin="hospital", nullified_on=None, patient__isnull=False)
    return list(rows.filter(sources__starts_clock=True).distinct().order_by("number"))


def add_cases(product: Product, count: int, today: date) -> None:
    """More cases of a product, learned of in six years."""
    _fill(_CASES, [str(case.id) for case in _templates()], product, count, today)


def add_patients(product: Product, count: int, today: date) -> None:
    """More patients of a product who agreed, infused in six years."""
    found = {str(case.patient_id): None for case in _templates()}
    _fill(_PATIENTS, list(found), product, count, today)


def _fill(
    tables: Sequence[tuple[Any, str, Changes]],
    templates: list[str],
    product: Product,
    count: int,
    today: date,
) -> None:
    given = {
        "templates": templates,
        "product": product.id,
        "last": count,
        "days": DAYS,
        "start": date.fromordinal(today.toordinal() - DAYS + 1),
    }
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        for model, key, changed in tables:
            table = Identifier(model._meta.db_table)
            # The owner is under row security too: lifted for the filling alone.
            cursor.execute(SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(table))
            cursor.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(table))
            cursor.execute(_insert(model, table, key, changed), given)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(table))
            cursor.execute(SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(table))
        cursor.execute("ANALYZE")


def _insert(model: Any, table: Identifier, key: str, changed: Changes) -> Composed:
    names = [str(field.column) for field in model._meta.concrete_fields]
    # The texts of this module are the only ones that become SQL here.
    values: list[Any] = [SQL(changed.get(name, f"t.{name}")) for name in names]
    return SQL(
        "WITH chosen AS (SELECT id, place - 1 AS place, count(*) OVER () AS many"
        " FROM unnest(%(templates)s::uuid[]) WITH ORDINALITY AS u(id, place))"
        " INSERT INTO {table} ({names}) SELECT {values} FROM generate_series(1, %(last)s) AS n"
        " JOIN chosen ON chosen.place = n %% chosen.many"
        " JOIN LATERAL (SELECT * FROM {table} o WHERE o.{key} = chosen.id LIMIT 1) t ON true"
    ).format(
        table=table,
        key=Identifier(key),
        names=SQL(", ").join(map(Identifier, names)),
        values=SQL(", ").join(values),
    )
