"""Streaming many rows into tables, under the audit triggers of the running action.

Not by COPY: it knows no row security.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

Row = Sequence[Any]
PORTION = 1000


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write rows in portions, each value as psycopg writes it; returns how many.

    A column that is not named gets the default of its field, as everywhere else.
    """
    defaults: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.has_default() and field.column not in columns
    }
    columns = [*columns, *defaults]
    head = sql.SQL("INSERT INTO {table} ({columns}) VALUES ").format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    one = sql.SQL(f"({', '.join(['%s'] * len(columns))})")
    count, waiting = 0, iter(rows)
    with connection.cursor() as cursor:
        while portion := list(islice(waiting, PORTION)):
            statement = head + sql.SQL(", ").join([one] * len(portion))
            values = [value for row in portion for value in (*row, *defaults.values())]
            cursor.execute(statement, values)
            count += len(portion)
    return count


def pour(model: type[Model], columns: Sequence[str], blocks: Iterable[str]) -> None:
    """Write ready-made text: a line a row, tabs between the columns, `\\N` for nothing."""
    lines = (line for block in blocks for line in block.splitlines())
    rows = ([None if part == "\\N" else part for part in line.split("\t")] for line in lines)
    copy(model, columns, rows)


def reserve(model: type[Model], count: int) -> list[int]:
    """`count` numbers of the table's own sequence, for rows other rows will point at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]
