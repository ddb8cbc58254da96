"""Policies of the trail beside the four of each table: who writes it, what no holder reads."""

from typing import Any

from psycopg import sql

OF_OWNER, OF_HOLDER = "rows_trail", "rows_no_identity"


def guard(cursor: Any, trail: str, *, owner: str, holder: str, identities: list[str]) -> None:
    """The trigger writes as the owner; a holder (empty: no such login) reads no identity's past."""
    table = sql.Identifier(trail)
    cursor.execute(
        sql.SQL("CREATE POLICY {} ON {} FOR INSERT TO {} WITH CHECK (true)").format(
            sql.Identifier(OF_OWNER), table, sql.Identifier(owner)
        )
    )
    if holder:
        cursor.execute(
            sql.SQL(
                "CREATE POLICY {} ON {} AS RESTRICTIVE FOR SELECT TO {} "
                "USING (NOT table_name = ANY ({}))"
            ).format(
                sql.Identifier(OF_HOLDER), table, sql.Identifier(holder), sql.Literal(identities)
            )
        )
