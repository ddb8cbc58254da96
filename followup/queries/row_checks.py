"""Whether every row is as the trail left it: a change behind the trail's back shows here."""

from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from followup.core import guards
from followup.core.row_security import contexts
from followup.core.trail import asof
from followup.queries.seals import Fault, SealFinding

_LAST = """
WITH last AS (
    SELECT DISTINCT ON (row_id) row_id, operation, after FROM core_change
    WHERE table_name = {name} AND operation <> 'BATCH' ORDER BY row_id, id DESC)
SELECT coalesce(t.{key}::text, last.row_id),
       CASE WHEN t.{key} IS NULL THEN 'gone' WHEN last.row_id IS NULL THEN 'unknown'
            ELSE 'differs' END
FROM {table} t FULL JOIN last ON last.row_id = t.{key}::text
WHERE (t.{key} IS NULL AND last.operation <> 'DELETE')
   OR (t.{key} IS NOT NULL AND last.row_id IS NULL AND NOT {batched})
   OR (t.{key} IS NOT NULL AND last.row_id IS NOT NULL AND (last.after IS NULL OR NOT
       to_jsonb(t) @> (last.after - {removed}::text[])))
LIMIT 1"""
_BATCHED = """EXISTS (SELECT 1 FROM core_change b WHERE b.table_name = {name}
    AND b.operation = 'BATCH' AND b.row_id = t.{batch}::text
    AND t.id BETWEEN (b.after->>'first')::bigint AND (b.after->>'last')::bigint)"""
_WORDS = {"gone": Fault.ROW_GONE, "unknown": Fault.ROW_UNKNOWN, "differs": Fault.ROW_DIFFERS}


@contexts.reads_whole
def first_wrong() -> SealFinding | None:
    """The first row that is not as its last change left it; None when every row is."""
    for model in guards.audited_models():
        if model._meta.db_table not in asof.LEFT_OUT:
            found = _first_of(model)
            if found is not None:
                return found
    return None


def _first_of(model: type[Model]) -> SealFinding | None:
    table = model._meta.db_table
    name = sql.Literal(table)
    batched = getattr(model, "audited_in_batches", False)
    batch = sql.Identifier(getattr(model, "batch_column", "schedule_id"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', '15min', true)")
        cursor.execute(
            sql.SQL(_LAST).format(
                name=name,
                table=sql.Identifier(table),
                key=sql.Identifier(str(model._meta.pk.column)),
                batched=sql.SQL(_BATCHED).format(name=name, batch=batch)
                if batched
                else sql.SQL("false"),
                removed=sql.Literal(list(getattr(model, "removed_columns", ()))),
            )
        )
        row = cursor.fetchone()
    return SealFinding(_WORDS[row[1]], None, f"{table} {row[0]}") if row else None
