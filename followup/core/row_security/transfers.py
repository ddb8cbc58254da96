"""Which rows of a transferred patient a site reads beside its own, asked by a function.

A function and no condition written into each policy: it is called for the rows alone that the keys
do not cover, and planning a statement does not grow with it. It asks as the owner of the tables,
answers yes or no for one patient and for keys it is given, and shows nothing.
"""

from typing import Any

from psycopg import sql

NAME = "everwatch_reads_transferred"
ANY_GIVEN = "*"  # a row of every product that the patient was given

_FUNCTION = """CREATE OR REPLACE FUNCTION {function}
(whose uuid, follows boolean, of_product text, held text[])
RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public AS $$ BEGIN
    IF whose IS NULL OR held IS NULL OR held = '{{}}' THEN RETURN false; END IF;
    RETURN EXISTS (
        SELECT 1 FROM {sites} place WHERE place.patient_id = whose AND place.follows = $2
        AND CASE WHEN of_product = '' THEN held && ARRAY['s' || place.site_id::text]
            WHEN held && ARRAY[place.site_id::text || '/*'] THEN true
            WHEN of_product <> {any_given}
                THEN held && ARRAY[place.site_id::text || '/' || of_product]
            ELSE EXISTS (SELECT 1 FROM {given} one WHERE one.patient_id = whose
                AND held && ARRAY[place.site_id::text || '/' || one.product_id::text]) END);
END $$"""


def reads(patient: str, follows: bool, product: str, held: str) -> str:
    """The condition that a site whose keys are `held` follows the patient, or did before.

    Whoever has no such keys, as any reader of a holder, never calls the function. `product` is an
    expression: empty for a table without one, `ANY_GIVEN` where it is that of the patient's
    infusions.
    """
    now = "true" if follows else "false"
    return f"({held} <> '{{}}' AND {NAME}({patient}, {now}, coalesce({product}, '-'), {held}))"


def install(cursor: Any, sites: str, given: str) -> None:
    """Make the function again, over the table of sites of patients and that of infusions."""
    known = {"function": NAME, "sites": sites, "given": given}
    names = {key: sql.Identifier(name) for key, name in known.items()}
    cursor.execute(sql.SQL(_FUNCTION).format(any_given=sql.Literal(ANY_GIVEN), **names))
