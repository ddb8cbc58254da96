"""Holes made on purpose, one at a time; the matrix must find each.

Two kinds: `visible` gives every row of one table (with row security off), and the read policy of
one table lets everything through (with `visible` giving everything). The cells tried for a table
are those that asked `visible` for it, whatever record they name.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import psycopg
from psycopg import sql

from followup.core import guards, scope
from followup.core.row_security import policies
from tests.oracle.authorisation import Cell, Matrix, django_sees_all, no_row_security

MOST = 400  # cells tried for one hole


def asked_for(matrix: Matrix, chosen: Sequence[Cell]) -> dict[type, list[Cell]]:
    """Which cells ask `visible` for which table."""
    found: dict[type, list[Cell]] = {}
    original = scope.visible
    for cell in chosen:
        tables: set[type] = set()

        def noted(actor: Any, rows: Any, needs: Any = None, seen: set[type] = tables) -> Any:
            if not actor.system:
                seen.add(rows.model)
            return original(actor, rows, needs)

        with mock.patch.object(scope, "visible", noted):
            matrix.wrong(cell, strict=False)
        for table in tables:
            found.setdefault(table, []).append(cell)
    return found


@contextmanager
def _open_scope(table: type) -> Iterator[None]:
    original = scope.visible

    def hole(actor: Any, rows: Any, needs: Any = None) -> Any:
        return rows if rows.model is table else original(actor, rows, needs)

    with no_row_security(), mock.patch.object(scope, "visible", hole):
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


def holes(matrix: Matrix, chosen: Sequence[Cell]) -> dict[str, Any]:
    """How many holes of each kind were found, and the tables of those that were not."""
    where = asked_for(matrix, chosen)
    figures: dict[str, Any] = {}
    tables = [m for m in guards.own_models() if policies.protected(m) and _of_a_record(m)]
    for kind, opening in (("visible", _open_scope), ("policy", _open_policy)):
        missed = [t for t in tables if not _found(matrix, where.get(t, []), opening(t))]
        names = [t._meta.db_table for t in missed]
        figures[kind] = {"holes": len(tables), "found": len(tables) - len(missed), "missed": names}
    return figures


def _of_a_record(model: Any) -> bool:
    """Whether the table holds rows of the matrix's records."""
    declared = scope.of(model)
    return bool(declared.patient or declared.site) and model._base_manager.exists()


def _found(matrix: Matrix, chosen: Sequence[Cell], hole: Any) -> bool:
    with hole:
        return any(matrix.wrong(cell) for cell in chosen[:: max(1, len(chosen) // MOST)])
