"""Rows and listings as they were known at a number of the seal.

Every audited table has a view of the same name in the schema `asof`: the present rows without
those touched since, and of each touched row the image before its first change since. Inside
`known_at` that schema stands first in the search path, so that every query of ours, whatever it
joins or counts, reads the past without being written for it. Writing there fails: a view of the
past takes no row.

An image older than a column takes the column's default; what a migration reckoned from other
columns is in `image_upgrades` of the model, as an expression over `image`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from followup.core import request_answers
from followup.core.trail import sealing

SCHEMA = "asof"
LEFT_OUT = {"core_notice": "audited by hash: who was reminded is told by the outbox, not rebuilt"}
# The number asked for, and a number of the trail below which everything was sealed by then.
_SEQ = sql.SQL("current_setting('everwatch.asof_seq', true)::bigint")
_FLOOR = sql.SQL("current_setting('everwatch.asof_floor', true)::bigint")
_LATER = sql.SQL("""c.table_name = {name} AND c.id > {floor} AND NOT EXISTS (
    SELECT 1 FROM public.core_seal s WHERE s.change_id = c.id AND s.seq <= {seq})""")
_VIEW = sql.SQL("""CREATE VIEW {schema}.{table} WITH (security_invoker = true) AS
SELECT {columns} FROM public.{table} t WHERE NOT EXISTS (
    SELECT 1 FROM public.core_change c WHERE c.row_id = t.{key}::text AND c.operation <> 'BATCH'
    AND {later}){unbatched}
UNION ALL
SELECT {columns} FROM (
    SELECT DISTINCT ON (c.row_id) c.before FROM public.core_change c
    WHERE c.operation <> 'BATCH' AND {later} ORDER BY c.row_id, c.id) first
CROSS JOIN LATERAL jsonb_populate_record(
    NULL::public.{table}, public.everwatch_image({name}, first.before)) t
WHERE first.before IS NOT NULL{unbatched}""")
# Rows written in a batch have one entry for all of them, with their first and last number.
_UNBATCHED = sql.SQL(""" AND NOT EXISTS (SELECT 1 FROM public.core_change c
    WHERE c.operation = 'BATCH' AND c.row_id = t.{batch}::text
    AND t.id BETWEEN (c.after->>'first')::bigint AND (c.after->>'last')::bigint AND {later})""")


def defaults(model: type[Model]) -> dict[str, Any]:
    """What a column holds in an image that is older than the column."""
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.is_relation:
            continue
        default = None if field.null and not field.has_default() else field.get_default()
        if not isinstance(default, bytes):  # a sealed value has no default
            values[str(field.column)] = default
    return values


def install(cursor: Any, models: Sequence[type[Model]], roles: Sequence[str]) -> None:
    """Make the schema with a view of each table; as the owner of the tables."""
    drop(cursor)
    cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    _install_images(cursor, models)
    for model in models:
        if model._meta.db_table not in LEFT_OUT:
            cursor.execute(_view(model))
    for role in roles:
        names = {"schema": sql.Identifier(SCHEMA), "role": sql.Identifier(role)}
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
        cursor.execute(
            sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}").format(**names)
        )


def drop(cursor: Any) -> None:
    """Take the views away: a table under a view cannot be altered."""
    cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(SCHEMA)))


def _view(model: type[Model]) -> sql.Composed:
    columns = [sql.Identifier("t", str(f.column)) for f in model._meta.concrete_fields]
    batched = getattr(model, "audited_in_batches", False)
    name = sql.Literal(model._meta.db_table)
    batch = sql.Identifier(getattr(model, "batch_column", "schedule_id"))
    later = _LATER.format(name=name, floor=_FLOOR, seq=_SEQ)
    return _VIEW.format(
        schema=sql.Identifier(SCHEMA),
        table=sql.Identifier(model._meta.db_table),
        columns=sql.SQL(", ").join(columns),
        key=sql.Identifier(str(model._meta.pk.column)),
        name=name,
        later=later,
        unbatched=_UNBATCHED.format(batch=batch, later=later) if batched else sql.SQL(""),
    )


def _install_images(cursor: Any, models: Sequence[type[Model]]) -> None:
    """The function that brings a stored image of any table to the columns of today."""
    cases = []
    for model in models:
        known = sql.Literal(json.dumps(defaults(model), cls=DjangoJSONEncoder))
        upgrades: Mapping[str, str] = getattr(model, "image_upgrades", {})
        parts = [
            sql.SQL(
                "image := jsonb_set(image, ARRAY[{}], coalesce(to_jsonb({}), 'null'::jsonb));"
            ).format(sql.Literal(column), sql.SQL(text))
            for column, text in upgrades.items()
        ]
        cases.append(
            sql.SQL("WHEN {} THEN image := {}::jsonb || image; {}").format(
                sql.Literal(model._meta.db_table), known, sql.SQL(" ").join(parts)
            )
        )
    cursor.execute(
        sql.SQL(
            "CREATE OR REPLACE FUNCTION everwatch_image(table_name text, image jsonb) "
            "RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$ "
            "BEGIN IF image IS NULL THEN RETURN NULL; END IF; "
            "CASE table_name {} ELSE NULL; END CASE; RETURN image; END $body$"
        ).format(sql.SQL(" ").join(cases))
    )


@contextmanager
def known_at(seq: int, *, passed: int) -> Iterator[None]:
    """Let every query of this block read what was known at a number of the seal; no writes.

    `passed` is a number of the trail up to which everything is sealed (`queries.seals.passed`).
    Raises ValueError for a number that is not sealed, and inside another such block.
    """
    if seq < 0 or (seq and sealing.chain_at(seq) is None):
        raise ValueError(f"number {seq} is not sealed")
    with request_answers.apart(), transaction.atomic():
        before = _setting("search_path")
        if before.startswith(SCHEMA):
            raise ValueError("one past at a time")
        floor = min(sealing.first_after(seq) - 1, passed)
        _set("everwatch.asof_seq", str(seq))
        _set("everwatch.asof_floor", str(floor))
        _set("search_path", f"{SCHEMA}, public")
        yield
        _set("search_path", before)


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _set(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
