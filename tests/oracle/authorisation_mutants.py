"""Holes made on purpose, one at a time; the matrix must find each.

Two kinds: `visible` gives every row of one table (with row security off), and the read policy of
one table lets everything through (with `visible` giving everything). The cells tried for a table
are those that asked `visible` for it, whatever record they name.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
from psycopg import sql

from followup.core import guards, scope
from followup.core.row_security import policies
from tests.oracle.authorisation import (
    Cell,
    Matrix,
    django_sees_all,
    no_row_security,
    written_again,
)

MOST = 400  # cells tried for one hole


@contextmanager
def _open_scope(table: type) -> Iterator[None]:
    original = scope.visible

    def hole(actor: Any, rows: Any, *args: Any, **how: Any) -> Any:
        return rows if rows.model is table else original(actor, rows, *args, **how)

    with no_row_security(), mock.patch.object(scope, "visible", hole), written_again():
        yield


@contextmanager
def _open_policy(table: Any) -> Iterator[None]:
    name = sql.Identifier(table._meta.db_table)
    statement = sql.SQL("CREATE POLICY hole ON {} FOR SELECT USING (true)").format(name)
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute(statement)
        try:
            with django_sees_all():
                yield
        finally:
            owner.execute(sql.SQL("DROP POLICY hole ON {}").format(name))


def holes(
    matrix: Matrix, where: Mapping[str, Sequence[Cell]], part: int, parts: int
) -> dict[str, Any]:
    """Of a part of the tables: how many holes of each kind, and the tables where none was found."""
    figures: dict[str, Any] = {}
    every = [m for m in guards.own_models() if policies.protected(m) and _of_a_record(m)]
    tables = sorted(every, key=lambda m: m._meta.db_table)[part::parts]
    for kind, opening in (("visible", _open_scope), ("policy", _open_policy)):
        names = [
            name
            for table in tables
            for name in [table._meta.db_table]
            if not _found(matrix, where.get(name, []), opening(table))
        ]
        figures[kind] = {"holes": len(tables), "missed": names}
    return figures


def _of_a_record(model: Any) -> bool:
    """Whether the table holds rows of the matrix's records."""
    declared = scope.of(model)
    return bool(declared.patient or declared.site) and model._base_manager.exists()


def _found(matrix: Matrix, chosen: Sequence[Cell], hole: Any) -> bool:
    with hole:
        return any(matrix.wrong(cell) for cell in chosen[:: max(1, len(chosen) // MOST)])
