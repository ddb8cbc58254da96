"""Whether this process can serve people: database, schema and reference data are there."""

from functools import cache

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from followup.models import ReferenceItem

DATABASE, SCHEMA, REFERENCE = "database", "schema", "reference data"


class _NotYet(Exception):
    """Something is missing; raised so that only what is complete is remembered."""


def missing() -> str:
    """The first part that is not there; empty when people can be sent here."""
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        _complete()
    except _NotYet as error:
        return str(error)
    except Error:
        return DATABASE
    return ""


@cache
def _complete() -> None:
    """Migrations only go forward and reference data stays: asked until it is so, then never."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise _NotYet(SCHEMA)
    if not ReferenceItem.objects.exists():
        raise _NotYet(REFERENCE)
