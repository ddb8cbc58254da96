"""Every table asked by every kind of person, each wall alone, and holes made in one at a time.

Cells: a table, a person, a wall. Wrong is a row that belongs to others by its foreign keys
(`authorisation_homes`). Holes: the site or the product left out of what one table declares, for
`visible` and for the policies PostgreSQL has; and a right taken from or given to a role, which the
drawn page of rights (docs/permissions.md) must show. Runs on a database of its own.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from dev.checks import reference_pages
from dev.paths import ROOT
from followup.core import audit, scope
from followup.core.actor import Actor
from followup.core.permissions import ROLES, Perm, Role
from followup.core.row_security import contexts, policies
from followup.models import Product
from tests import factories
from tests.oracle import authorisation_homes as homes
from tests.oracle.authorisation import (
    HOLDER,
    HOSPITAL,
    django_sees_all,
    no_row_security,
    record_at,
)

OWNER = "DATABASE_OWNER_URL"


@dataclass(frozen=True)
class Person:
    """Somebody who asks, and the site or product they are of."""

    actor: Actor
    site: UUID | None
    product: UUID | None


class World:
    """Three patients (here, of another product, of another site) with a row in each table."""

    def __init__(self) -> None:
        sites = [factories.make_site(), factories.make_site()]
        products = list(Product.objects.filter(is_car_t=True).order_by("code")[:2])
        self.people = [
            *(self._person(role, site=sites[0]) for role in sorted(HOSPITAL)),
            self._person(Role.AUDITOR, site=sites[0], product=products[0]),
            *(self._person(role, product=products[0]) for role in sorted(HOLDER)),
        ]
        places = {"A": (0, 0), "B": (0, 1), "C": (1, 0)}
        self.owners = [
            homes.Home(
                sites[s].id, products[p].id, record_at(n, sites[s], products[p]).keys["patients"]
            )
            for n, (s, p) in places.items()
        ]
        self.refused: dict[str, str] = {}
        self._fill()
        known = {m._meta.db_table for m in homes.tables() if homes.homes(m)}
        self.refused = {name: said for name, said in self.refused.items() if name not in known}
        products_of = homes.products_of()
        self.foreign = {
            model: [
                {
                    pk
                    for pk, home in homes.homes(model).items()
                    if homes.foreign(home, person.site, person.product, products_of)
                }
                for person in self.people
            ]
            for model in homes.tables()
        }

    def _person(self, role: Role, *, site: Any = None, product: Any = None) -> Person:
        actor = factories.make_actor(role, site=site, product=product)
        return Person(actor, site and site.id, product and product.id)

    def _fill(self) -> None:
        """Rows of both others in each table that has none, parents before their children."""
        with psycopg.connect(os.environ[OWNER], autocommit=True) as owner:
            homes.without_constraints(owner.cursor())
        for model in homes.tables() * 3:
            site, product, _patient = homes.paths(model)
            known = {(row.site, row.product) for row in homes.homes(model).values()}
            for home in self.owners[1:]:
                if (site and home.site, product and home.product) not in known:
                    self._filled(model, home)

    def _filled(self, model: Any, home: homes.Home) -> None:
        try:
            with transaction.atomic(), audit.acting(factories.SYSTEM, "test.fill"):
                homes.fill(connection.cursor(), model, home)
            self.refused.pop(model._meta.db_table, None)
        except DatabaseError as error:
            self.refused[model._meta.db_table] = str(error)


def seen(person: Person, model: Any) -> set[Any]:
    """The keys of the rows a person is given by both walls as they stand now."""
    try:
        with contexts.using(contexts.person(person.actor)), transaction.atomic():
            # An order that joins another table would hide what that table's policy hides.
            rows = scope.visible(person.actor, model._base_manager.order_by())
            return set(rows.values_list("pk", flat=True))
    except DatabaseError:  # the login may not read the table at all
        return set()


WALLS = {"django alone": no_row_security, "database alone": django_sees_all}


def leaks(world: World, model: Any) -> list[str]:
    """Who is given rows of others of a table."""
    return [
        f"{person.actor.name} {model._meta.db_table}"
        for person, others in zip(world.people, world.foreign[model], strict=True)
        if others and seen(person, model) & others
    ]


def clauses(model: Any) -> Iterator[str]:
    """What a table declares that keeps others out."""
    declared = scope.of(model)
    for clause in ("site", "product"):
        if getattr(declared, clause):
            yield clause


@contextmanager
def _scope_without(model: Any, clause: str) -> Iterator[None]:
    with mock.patch.object(model, "scope", replace(model.scope, **{clause: ""})):
        yield


def _on_the_way(model: Any) -> set[Any]:
    """The tables that the keys of a table lead through: their own policies hide its rows too."""
    found = set()
    for path in (scope.of(model).site, scope.of(model).product):
        here = model
        for name in path.split("__")[:-1]:
            here = here._meta.get_field(name).related_model
            found.add(here)
    return found - {model}


@contextmanager
def _policy_without(model: Any, clause: str) -> Iterator[None]:
    """The policy of one table made again without a clause, then all as it was."""
    using = connection.alias
    weaker = dict.fromkeys(_on_the_way(model), "true")
    with _scope_without(model, clause):
        weaker[model] = policies.readable(model, using)
    with psycopg.connect(os.environ[OWNER], autocommit=True) as owner:
        _alter(owner, weaker)
        try:
            yield
        finally:
            _alter(owner, {other: policies.readable(other, using) for other in weaker})


def _alter(owner: psycopg.Connection, conditions: dict[Any, str]) -> None:
    for model, condition in conditions.items():
        if policies.protected(model):
            table = sql.Identifier(model._meta.db_table)
            statement = sql.SQL("ALTER POLICY rows_read ON {} USING ({})")
            owner.execute(statement.format(table, sql.SQL(condition)))


HOLES = {"django alone": _scope_without, "database alone": _policy_without}


def holes(world: World, step: int) -> dict[str, Any]:
    """Each hole of each wall (every `step`th), and those no table cell shows."""
    every = [(model, clause) for model in homes.tables() for clause in clauses(model)][::step]
    figures = {}
    for wall, alone in WALLS.items():
        with alone():
            missed = [
                f"{model._meta.db_table} without its {clause}"
                for model, clause in every
                if not _found(world, model, HOLES[wall](model, clause))
            ]
        figures[wall] = {"holes": len(every), "missed": missed}
    return figures


def _found(world: World, model: Any, hole: Any) -> bool:
    with hole:
        return bool(leaks(world, model))


def rights() -> dict[str, Any]:
    """Each right taken from a role that has it and given to one that has not."""
    page = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
    missed, count = [], 0
    for role, spec in ROLES.items():
        for perm in Perm:
            if perm is Perm.SYSTEM:
                continue
            other = replace(spec, permissions=spec.permissions ^ {perm})
            with mock.patch.dict(ROLES, {role: other}):
                count += 1
                if reference_pages.rights() == page:
                    missed.append(f"{role} {perm}")
    return {"holes": count, "missed": missed, "page as it is": reference_pages.rights() == page}


def main(step: int) -> None:
    """Ask, make the holes, and print the figures as JSON."""
    contexts.declare()
    world = World()
    figures: dict[str, Any] = {"tables": len(world.foreign), "refused": world.refused}
    for wall, alone in WALLS.items():
        with alone():
            found: Sequence[str] = [line for model in world.foreign for line in leaks(world, model)]
        asked = sum(bool(others) for rows in world.foreign.values() for others in rows)
        figures[wall] = {"asked": asked, "leaks": found}
    figures["mutants"] = holes(world, step) | {"rights": rights()}
    print(json.dumps(figures, ensure_ascii=False))
