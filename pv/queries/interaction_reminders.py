"""Answers the holder owes the authority by a day, as reminders."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource

_ANSWERED = """EXISTS (SELECT 1 FROM pv_interactionanswer AS answer
    WHERE answer.interaction_id = interaction.id AND answer.withdrawn_at IS NULL)"""
_OWED = """
SELECT interaction.id::text AS key, interaction.id::text AS target, interaction.due_version,
    interaction.happened_on AS opens, interaction.due,
    {product} AS label,
    left(interaction.subject, 80) AS mark, NULL::uuid AS site_id, interaction.product_id,
    CASE WHEN interaction.withdrawn_at IS NOT NULL OR ANSWERED THEN 'closed' ELSE '' END AS silence
FROM pv_interaction AS interaction
JOIN followup_product AS product ON product.id = interaction.product_id
WHERE interaction.due IS NOT NULL AND interaction.owed_by = 'HOLDER' AND {condition}
""".replace("ANSWERED", _ANSWERED)
_OPEN = f"interaction.withdrawn_at IS NULL AND NOT {_ANSWERED} AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_interaction', 'pv_interactionanswer'))
SELECT interaction.id::text FROM pv_interaction AS interaction
WHERE interaction.due IS NOT NULL AND interaction.owed_by = 'HOLDER'
    AND interaction.happened_on <= %(today)s AND (
    interaction.id IN (SELECT id FROM seen WHERE table_name = 'pv_interaction')
    OR interaction.id IN (SELECT interaction_id FROM pv_interactionanswer
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_interactionanswer')))
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s, answer to the authority: %(subject)s") % {
        "product": facts.label,
        "subject": facts.mark,
    }


SOURCES = (
    ObligationSource(
        kind="authority_answer",
        needs=Perm.REPORT_WRITE,
        page="interaction",
        owed=_OWED,
        crossing={
            "opens": _OPEN + "interaction.happened_on BETWEEN %(first)s AND %(last)s",
            "due": _OPEN + "interaction.due BETWEEN %(first)s AND %(last)s",
        },
        open_keys=_OPEN + "interaction.id = ANY(%(keys)s::uuid[])",
        any_keys="interaction.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
    ),
)
