"""The authorisation matrix in processes side by side, each on a copy of one database.

`make` makes the world and writes it down; `ask` asks every so manyth cell with both walls, then
each wall alone; `find` makes holes in every so manyth table. Each writes its figures as JSON.

A cell whose request reached no wall is not asked again without it: it would run the same lines.
What a cell reaches is noted while it is asked with both walls, and the holes of a table are looked
for among the cells that reach it.
"""

import io
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from django.db import connection
from django.test import override_settings

from followup.core import scope, statements
from followup.core.row_security import contexts
from tests.oracle import authorisation_mutants as mutants
from tests.oracle.authorisation import (
    Cell,
    Matrix,
    NewWorld,
    World,
    cells,
    django_sees_all,
    forget_statements,
    no_row_security,
    sample,
)

SHOWN = 40  # wrong answers of a process that are told in words


class Reached:
    """Which tables were asked for through `visible`, and whether the database was asked at all."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.database = False
        self._of_statements: dict[Any, set[str]] = {}

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Note it in the block."""
        visible, written = scope.visible, statements.Written

        def asked(actor: Any, rows: Any, *args: Any, **how: Any) -> Any:
            if not actor.system:
                self.tables.add(rows.model._meta.db_table)
            return visible(actor, rows, *args, **how)

        def run(execute: Any, sql: Any, values: Any, many: Any, context: Any) -> Any:
            self.database = True
            return execute(sql, values, many, context)

        forget_statements()
        with (
            mock.patch.object(scope, "visible", asked),
            mock.patch.object(written, "__call__", self._of_written(written.__call__)),
            mock.patch.object(written, "text", self._of_written(written.text)),
            connection.execute_wrapper(run),
        ):
            yield

    def _of_written(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A statement written once asks `visible` once: what it asked for then counts each time."""

        def call(statement: Any, *args: Any, **given: Any) -> Any:
            key = (id(statement), *map(statements._as_rights, args))
            before, self.tables = self.tables, set()
            answer = original(statement, *args, **given)
            known = self._of_statements.setdefault(key, set())
            known |= self.tables
            self.tables = before | known
            return answer

        return call


def make(place: Path) -> None:
    """Make the world on this database and write it down."""
    contexts.declare()
    (place / "world.json").write_text(NewWorld().text(), encoding="utf-8")


def _begin(place: Path) -> tuple[World, list[Cell]]:
    contexts.declare()
    world = World.of((place / "world.json").read_text(encoding="utf-8"))
    return world, cells(world)


def _words(wrong: Sequence[tuple[Cell, str]]) -> list[str]:
    return [f"{cell} {answer}" for cell, answer in wrong[:SHOWN]]


@override_settings(AXES_FAILURE_LIMIT=1_000_000_000)  # so many wrong links would lock a door
def ask(place: Path, part: int, parts: int, count: int) -> None:
    """Ask a part of the cells with both walls, then with each alone."""
    world, every = _begin(place)
    matrix, log = Matrix(world), io.StringIO()
    handler = logging.StreamHandler(log)
    logging.getLogger().addHandler(handler)
    chosen = sample(every, count)[part::parts]
    wrong: list[tuple[Cell, str]] = []
    where: dict[str, list[int]] = {}
    at_wall: dict[str, list[Cell]] = {"database alone": [], "django alone": []}
    reached = Reached()
    with reached.noted():
        for number in chosen:
            cell = every[number]
            reached.tables, reached.database = set(), False
            if answer := matrix.wrong(cell):
                wrong.append((cell, answer))
            if cell.record in world.actors[cell.actor].sees:
                continue
            for table in reached.tables:
                where.setdefault(table, []).append(number)
            at_wall["database alone"] += [cell] if reached.tables else []
            at_wall["django alone"] += [cell] if reached.database else []
    figures: dict[str, Any] = {"cells": len(every), "asked": len(chosen), "wrong": len(wrong)}
    told = _words(wrong)
    for name, wall in (("database alone", django_sees_all), ("django alone", no_row_security)):
        with wall():
            left = matrix.run(at_wall[name], strict=False)
        foreign = sum(every[n].record not in world.actors[every[n].actor].sees for n in chosen)
        figures[name] = {"cells": foreign, "at the wall": len(at_wall[name]), "leaks": len(left)}
        told += _words(left)
    words = [word for record in world.records.values() for word in record.canaries[:2]]
    figures["words in the log"] = sum(word in log.getvalue() for word in words)
    figures |= {"where": where, "told": told}
    _write(place / f"asked-{part}.json", figures)


@override_settings(AXES_FAILURE_LIMIT=1_000_000_000)
def find(place: Path, part: int, parts: int) -> None:
    """Make the holes of a part of the tables, one at a time, and look for each."""
    world, every = _begin(place)
    where: dict[str, list[int]] = {}
    for asked in sorted(place.glob("asked-*.json")):
        for table, numbers in json.loads(asked.read_text(encoding="utf-8"))["where"].items():
            where.setdefault(table, []).extend(numbers)
    chosen = {table: [every[n] for n in sorted(numbers)] for table, numbers in where.items()}
    _write(place / f"found-{part}.json", mutants.holes(Matrix(world), chosen, part, parts))


def _write(path: Path, figures: dict[str, Any]) -> None:
    path.write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")
