"""Everything recorded about one person: every table that leads to a patient by foreign keys.

The tables are found from the models, of whatever application, so that a new one is never left
out; what each column holds is classed in docs/personal-data.csv.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db.models import CharField, ForeignKey, JSONField, Model, Q, QuerySet, TextField

from followup.core import guards, scope
from followup.core.models import Change
from followup.models import Patient

CLASSES = "docs/personal-data.csv"
FREE_TEXT, IDENTITY, STAFF = "free text", "identity", "staff"
DEEPEST = 4  # foreign keys from a row to its patient


@cache
def classes() -> Mapping[str, Mapping[str, str]]:
    """Class of each column by table, as docs/personal-data.csv says."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with (Path(settings.BASE_DIR) / CLASSES).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["table"]][row["column"]] = row["class"]
    return found


def texts(model: type[Model]) -> list[str]:
    """The columns of a table that hold a text nothing encrypts, by their names in queries."""
    return [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField | JSONField)
        and not field.choices
        and not field.attname.endswith("_sealed")
    ]


def beside(site: UUID) -> list[tuple[type[Model], QuerySet[Any]]]:
    """Rows of a hospital in tables that lead to no patient but hold free text: files, batches."""
    found = []
    for model in guards.audited_models():
        known, column = classes().get(model._meta.db_table, {}), scope.of(model).site
        if model in _paths() or FREE_TEXT not in known.values() or column != "site_id":
            continue
        found.append((model, model._default_manager.filter(site_id=site).order_by("pk")))
    return found


@cache
def _paths() -> Mapping[type[Model], tuple[str, ...]]:
    """How each table leads to a patient: the shortest ways, through foreign keys only."""
    ours = {model for model in apps.get_models() if model in set(guards.own_models())}
    found: dict[type[Model], list[str]] = {Patient: ["pk"]}
    edge: dict[type[Model], list[str]] = {Patient: [""]}
    for _step in range(DEEPEST):
        following: dict[type[Model], list[str]] = defaultdict(list)
        for model in sorted(ours - set(found), key=lambda m: m._meta.label):
            for field in model._meta.concrete_fields:
                if isinstance(field, ForeignKey) and field.related_model in edge:
                    for way in edge[field.related_model]:
                        following[model].append(f"{field.name}__{way}" if way else field.name)
        for model, ways in following.items():
            found[model] = ways
        edge = following
    return {model: tuple(ways) for model, ways in found.items()}


def tables() -> list[type[Model]]:
    """Every table with rows about a patient."""
    return list(_paths())


def of(people: Sequence[UUID]) -> list[tuple[type[Model], QuerySet[Any]]]:
    """Table by table the rows about these people, of tables that have any."""
    found = []
    for model, ways in _paths().items():
        asked = Q()
        for way in ways:
            asked |= Q(**{f"{way}__in": list(people)})
        keys = model._base_manager.filter(asked).order_by().values("pk")
        rows = model._default_manager.filter(pk__in=keys).order_by("pk")
        if rows.exists():
            found.append((model, rows))
    return found


def images(people: Sequence[UUID], table: str) -> int:
    """How many entries of the trail hold a value of these people's rows of a table."""
    keys = [str(person) for person in people]
    return Change.objects.filter(table_name=table, row_id__in=keys).count()
