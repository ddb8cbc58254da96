"""Functions that ask a table for the products of a row where a policy of its own cannot.

A consent decides what a holder reads of every other table, the infusions too; a policy of consents
that asked the infusions for the product would ask, through theirs, itself: a ring, which
PostgreSQL refuses. The function asks as the owner of the tables, answers yes or no for one row and
for keys it is given, and shows nothing.
"""

from typing import Any

from psycopg import sql

POLICY = "rows_reach"  # of the owner, on the table a function asks


def name_of(table: str) -> str:
    """The function that asks this table."""
    return f"everwatch_reaches_{table}"


def install(cursor: Any, table: str, *, key: str, product: str, owner: str) -> None:
    """Make the function again: whether a row with that key is of a product within the keys.

    `key` and `product` are columns of `table`, both of type uuid; without a site (NULL) the keys
    of the product alone are asked.
    """
    known = {name: sql.Identifier(text) for name, text in (("key", key), ("product", product))}
    known |= {"table": sql.Identifier(table), "owner": sql.Identifier(owner)}
    known["function"], known["policy"] = sql.Identifier(name_of(table)), sql.Identifier(POLICY)
    cursor.execute(
        sql.SQL(
            "CREATE OR REPLACE FUNCTION {function}(whose uuid, site text, held text[]) "
            "RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER "
            "SET search_path = pg_catalog, public AS $$ BEGIN RETURN EXISTS ("
            "SELECT 1 FROM {table} far WHERE far.{key} = whose AND held && CASE WHEN site IS NULL "
            "THEN ARRAY['p' || far.{product}::text] ELSE ARRAY["
            "site || '/' || far.{product}::text, '*/' || far.{product}::text] END); END $$"
        ).format(**known)
    )
    cursor.execute(sql.SQL("DROP POLICY IF EXISTS {policy} ON {table}").format(**known))
    cursor.execute(
        sql.SQL("CREATE POLICY {policy} ON {table} FOR SELECT TO {owner} USING (true)").format(
            **known
        )
    )
