"""Streaming rows into tables by COPY, under the audit triggers of the running action."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql

Row = Sequence[Any]


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write rows by one COPY in text form, each value as psycopg writes it; returns how many.

    The rows are made before: a query while COPY runs waits for its own connection for ever.
    """
    ready = list(rows)
    with connection.cursor() as cursor, cursor.copy(_statement(model, columns)) as stream:
        for row in ready:
            stream.write_row(row)
    return len(ready)


def pour(model: type[Model], columns: Sequence[str], blocks: Iterable[str]) -> None:
    """Write ready-made text blocks of COPY lines; for millions of narrow rows without escapes."""
    with connection.cursor() as cursor, cursor.copy(_statement(model, columns)) as stream:
        for block in blocks:
            stream.write(block)


def _statement(model: type[Model], columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def reserve(model: type[Model], count: int) -> list[int]:
    """`count` numbers of the table's own sequence, for rows other rows will point at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]
