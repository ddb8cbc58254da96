"""Reminders about searches of literature and media that are owed."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource

_OWED = """
SELECT source.id::text AS key, source.id::text AS target,
    source.next_due_version AS due_version, source.active_from AS opens, source.next_due AS due,
    source.name AS label, '' AS mark, NULL::uuid AS site_id, source.product_id,
    CASE WHEN source.ended_on IS NOT NULL OR NOT (source.kind = ANY(%(subject_states)s))
        THEN 'closed' ELSE '' END AS silence
FROM pv_literaturesource AS source
WHERE {condition}
"""
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_literaturesource')
SELECT source.id::text FROM seen JOIN pv_literaturesource AS source USING (id)
WHERE source.active_from <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(source)s: the search is owed") % {"source": facts.label}


SEARCHES = ObligationSource(
    kind="screening",
    needs=Perm.CASE_WRITE,
    page="literature-source",
    owed=_OWED,
    crossing={
        "opens": "source.ended_on IS NULL AND source.active_from BETWEEN %(first)s AND %(last)s",
        "due": "source.ended_on IS NULL AND source.next_due BETWEEN %(first)s AND %(last)s",
    },
    open_keys="source.ended_on IS NULL AND source.id = ANY(%(keys)s::uuid[])",
    any_keys="source.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (SEARCHES,)
