"""A register of up to a million patients: the demo's hospitals, each copied many times over.

The demo writes the first patients as its actions would. A copy keeps a whole life, its dates and
its contacts, under keys of its own at a hospital of its own, so that a larger register has more
hospitals and not larger ones; copies of a life stand alike, so that a move of schedules plans them
once. Written without triggers, foreign keys and indexes, which are put back as they were: what is
measured are reads, and moves of schedules.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
from django.core.management import call_command
from psycopg.sql import SQL, Identifier

from followup.models import Consent, Infusion, Patient, PlannedVisit, Schedule, Site, Visit

SEEDED = 10_000
Owner = psycopg.Connection[tuple[Any, ...]]
# A key begins with the time it was made at; in a copy with the number of the copy.
_COPIED: LiteralString = "(lpad(to_hex(%(n)s::int), 8, '0') || substr({}::text, 9))::uuid"
_NUMBERED: LiteralString = "{} + %(n)s * 10000000::bigint"  # beyond the last of the demo's
_KEYS = ("id", "site_id", "patient_id", "infusion_id", "schedule_id", "replaces_id")
_TABLES: Sequence[tuple[Any, Mapping[str, LiteralString]]] = (
    (Site, {"code": "left({}, 12) || '-' || %(n)s::int"}),
    (Patient, {}),
    (Consent, {}),
    (Infusion, {"chain_of_identity": "{} || '-' || %(n)s::int"}),
    (Schedule, {}),
    (PlannedVisit, {"id": _NUMBERED}),
    (Visit, {"planned_id": _NUMBERED}),
)
_TAKEN_OFF = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s NOT VALID', conrelid::regclass, conname,
        pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f'
UNION ALL SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = %(table)s::regclass AND NOT indisunique"""


def seed(patients: int) -> None:
    """A register of so many patients: a multiple of `SEEDED` when it is larger than that."""
    first = min(patients, SEEDED)
    call_command("seed_demo", patients=first, seed=1, bulk=True, identities=True, verbosity=0)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        if patients > first:
            _copy(owner, patients // first)
        owner.execute("VACUUM (ANALYZE)")


def _copy(owner: Owner, times: int) -> None:
    for model, changed in _TABLES:
        name = model._meta.db_table
        table, columns = Identifier(name), [f.column for f in model._meta.concrete_fields]
        values = [_value(column, changed).format(Identifier(column)) for column in columns]
        with _bare(owner, name):
            owner.execute(SQL("CREATE TEMP TABLE first AS SELECT * FROM {}").format(table))
            insert = SQL("INSERT INTO {} ({}) SELECT {} FROM first").format(
                table, SQL(", ").join(map(Identifier, columns)), SQL(", ").join(values)
            )
            for n in range(1, times):
                owner.execute(insert, {"n": n})
            owner.execute("DROP TABLE first")
    last = "SELECT setval(pg_get_serial_sequence(%(table)s, 'id'), %(n)s * 10000000::bigint)"
    owner.execute(last, {"table": PlannedVisit._meta.db_table, "n": times})


def _value(column: str, changed: Mapping[str, LiteralString]) -> SQL:
    return SQL(changed.get(column, _COPIED if column in _KEYS else "{}"))


@contextmanager
def _bare(owner: Owner, name: str) -> Iterator[None]:
    """Without row security, triggers, foreign keys and indexes meanwhile."""
    table = Identifier(name)
    off = ("NO FORCE ROW LEVEL SECURITY", "DISABLE TRIGGER USER")
    back = ("ENABLE TRIGGER USER", "FORCE ROW LEVEL SECURITY")
    taken = owner.execute(_TAKEN_OFF, {"table": name}).fetchall()
    for change in off:
        owner.execute(SQL("ALTER TABLE {} " + change).format(table))
    for drop, _create in taken:
        owner.execute(drop)
    yield
    for _drop, create in taken:
        owner.execute(create)
    for change in back:
        owner.execute(SQL("ALTER TABLE {} " + change).format(table))
