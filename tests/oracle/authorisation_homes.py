"""Where each row of each table belongs, reckoned from the foreign keys of the models alone.

Nothing here asks what the tables declare of themselves (`scope`): it is what they are held against.
A table that holds no row of another site or product gets one, so that a hole in it can be seen.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from followup.core import guards
from followup.core.models import User
from followup.core.row_security import policies
from followup.models import Infusion, Patient, Product, Site

# What a row of these opens or tells is not of the site it names.
ELSEWHERE = {"core_grant", "core_grantrequest", "core_grouprule"}


# What is of its product wherever it was: a publication, of whatever site the case it became is.
OF_PRODUCT_ONLY = {"pv_literaturehit"}


@dataclass(frozen=True, slots=True)
class Home:
    """The site, product and patient of a row, as far as its keys lead to one."""

    site: Any = None
    product: Any = None
    patient: Any = None


def tables() -> list[Any]:
    """Every table whose rows belong somewhere."""
    own = [m for m in guards.own_models() if policies.protected(m)]
    return [m for m in own if m._meta.db_table not in ELSEWHERE and any(paths(m))]


@cache
def paths(model: Any) -> tuple[str, str, str]:
    """The shortest way along foreign keys to a site, a product and a patient; empty for none."""
    site = "" if model._meta.db_table in OF_PRODUCT_ONLY else _path(model, Site, "site_id")
    return site, _path(model, None, "product_id"), _path(model, Patient)


def _path(model: Any, target: Any, column: str = "") -> str:
    """The first found is the shortest; a key that may be empty is taken last."""
    waiting: list[tuple[Any, str]] = [(model, "")]
    seen = {model}
    while waiting:
        here, before = waiting.pop(0)
        if here is target:
            return before + "pk"
        if column and column in {f.attname for f in here._meta.concrete_fields}:
            return before + column
        keys = [f for f in here._meta.concrete_fields if isinstance(f, models.ForeignKey)]
        for field in sorted(keys, key=lambda f: (f.null, f.name)):
            other: Any = field.related_model
            if other not in seen and other is not User:
                seen.add(other)
                waiting.append((other, f"{before}{field.name}__"))
    return ""


def homes(model: Any) -> dict[Any, Home]:
    """The home of each row, by its key."""
    named = [path or "pk" for path in paths(model)]
    rows = model._base_manager.values_list("pk", *named)
    return {
        pk: Home(*(value if path else None for path, value in zip(paths(model), rest, strict=True)))
        for pk, *rest in rows
    }


def products_of() -> dict[Any, set[Any]]:
    """The products each patient was treated with."""
    found: dict[Any, set[Any]] = {}
    for patient, product in Infusion._base_manager.values_list("patient_id", "product_id"):
        found.setdefault(patient, set()).add(product)
    return found


def foreign(home: Home, site: Any, product: Any, products: dict[Any, set[Any]]) -> bool:
    """Whether a row belongs to others than somebody of this site, or of this product."""
    if site is not None and home.site is not None and home.site != site:
        return True
    if product is None:
        return False
    if home.product is not None:
        return bool(home.product != product)
    return home.patient is not None and product not in products.get(home.patient, set())


def without_constraints(cursor: Any) -> None:
    """Let go of what a made-up row would break, in a copy that is thrown away."""
    cursor.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint "
        "WHERE contype IN ('c', 'x', 'f') AND connamespace = 'public'::regnamespace AND conislocal"
    )
    for table, name in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")


def fill(cursor: Any, model: Any, home: Home) -> None:
    """A made-up row that belongs to `home`; DatabaseError where the database refuses it."""
    values = {f: _value(f, home) for f in model._meta.concrete_fields}
    named = {f.column: _adapted(value) for f, value in values.items() if value is not ...}
    columns = ", ".join(f'"{column}"' for column in named)
    marks = ", ".join(["%s"] * len(named))
    statement = f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'
    cursor.execute(statement, list(named.values()))


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_json_value(value, None) if isinstance(value, dict) else value


def _value(field: Any, home: Home) -> Any:
    """What a made-up row holds: keys lead to rows of its home."""
    if field.attname in ("site_id", "product_id", "patient_id"):
        return getattr(home, field.attname.removesuffix("_id"))
    if isinstance(field, models.ForeignKey):
        return _key(field, home)
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.JSONField):
        return {}
    if field.has_default() and not field.primary_key:
        return field.get_default()
    if field.null:
        return None
    if isinstance(field, models.AutoField):
        return ...
    kinds: tuple[tuple[type[Any], Any], ...] = (
        (models.UUIDField, uuid4()),
        (models.BooleanField, False),
        (models.DateTimeField, "2026-01-02T00:00:00Z"),
        (models.DateField, "2026-01-02"),
        (models.IntegerField, 1),
        (models.FloatField, 1.0),
        (models.DecimalField, 1),
        (models.BinaryField, b"x"),
    )
    for kind, value in kinds:
        if isinstance(field, kind):
            return value
    return uuid4().hex[: field.max_length or 30]


def _key(field: Any, home: Home) -> Any:
    other = field.related_model
    own = {Site: home.site, Patient: home.patient, Product: home.product}
    if other in own:
        return own[other]
    if field.null and not any(paths(other)):
        return None
    rows = other._base_manager.all()
    wanted = zip(paths(other), (home.site, home.product, home.patient), strict=True)
    rows = rows.filter(**{path: value for path, value in wanted if path})
    key = rows.values_list(field.target_field.attname, flat=True).first()
    return key if key or field.null else uuid4()  # which the database refuses
