"""How a policy names what it compares: settings of the session, columns of a row and beside it."""

from string import Template
from typing import Any

from django.db.models import Model

_FAR_COLUMN = Template(
    '(SELECT far."$column" FROM "$other" far WHERE far."$key" = "$table"."$own")'
)


def setting(name: str) -> str:
    """A setting of the session; NULL where nothing was told."""
    return f"(SELECT nullif(current_setting('everwatch.{name}', true), ''))"


def held_keys(name: str) -> str:
    """The keys of a group of rights, as a list of texts; NULL where nothing was told."""
    return f"(SELECT nullif(current_setting('everwatch.{name}', true), '')::text[])"


def mode(*modes: str) -> str:
    """Whether the session works in one of the modes."""
    listed = ", ".join(f"'{mode}'" for mode in modes)
    return f"(SELECT current_setting('everwatch.mode', true) IN ({listed}))"


def forward(model: type[Model], path: str) -> str:
    """A column of the row, or of the row one foreign key away, as an expression."""
    table = model._meta.db_table
    if "__" not in path:
        return f'"{table}"."{column(model, path)}"'
    relation, name = path.split("__")
    field: Any = model._meta.get_field(relation)
    other = field.related_model
    return _FAR_COLUMN.substitute(
        column=column(other, name),
        other=other._meta.db_table,
        key=other._meta.pk.column,
        table=table,
        own=field.column,
    )


def column(model: type[Model], name: str) -> str:
    """The column of a field, also by the name of its key."""
    known = {f.attname: f.column for f in model._meta.concrete_fields}
    field: Any = model._meta.get_field(name)
    return str(known.get(name) or field.column)


def reverse(model: type[Model], path: str) -> tuple[Any, str, str] | None:
    """The relation of a path that leads to several rows, its column, and the row's own key."""
    parts = path.split("__")
    if len(parts) == 1:
        return None
    owner: Any = model._meta.get_field(parts[0]) if len(parts) == 3 else None
    field: Any = (owner.related_model if owner else model)._meta.get_field(parts[-2])
    key = str(owner.column if owner else model._meta.pk.column)
    return (field, parts[-1], key) if field.auto_created else None


def covering(held: str, site: str, product: str) -> str:
    """Whether the keys `held` cover a site and a product; an empty one asks nothing."""
    if site and product:
        asked = f"{site}::text || '/' || {product}::text, {site}::text || '/*', "
        return f"{held} && ARRAY[{asked}'*/' || {product}::text, '*/*']"
    if site or product:
        letter, column = ("s", site) if site else ("p", product)
        return f"{held} && ARRAY['{letter}' || {column}::text, '{letter}*']"
    return f"{held} <> '{{}}'"
