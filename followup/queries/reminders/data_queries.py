"""Questions of the holder as obligations of the hospital."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

_OWED = """
SELECT query.id::text AS key, query.id::text AS target, query.due_version,
    query.raised_on AS opens, query.due_on AS due, patient.study_code AS label,
    '' AS mark, query.site_id, query.product_id,
    CASE WHEN query.state <> ALL(%(subject_states)s)
            OR {left_out}
        THEN 'closed' ELSE '' END AS silence
FROM followup_dataquery AS query
JOIN followup_patient AS patient ON patient.id = query.patient_id
WHERE query.due_on IS NOT NULL AND {condition}
"""
_OPEN = "query.state = 'OPEN' AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'followup_dataquery')
SELECT query.id::text FROM seen JOIN followup_dataquery AS query USING (id)
WHERE query.due_on IS NOT NULL AND query.raised_on <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(patient)s: a question of the holder") % {"patient": facts.label}


DATA_QUERIES = ObligationSource(
    kind="data_query",
    needs=Perm.VISIT_WRITE,
    page="query",
    owed=_OWED,
    crossing={
        "opens": _OPEN + "query.raised_on BETWEEN %(first)s AND %(last)s",
        "due": _OPEN + "query.due_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_OPEN + "query.id = ANY(%(keys)s::uuid[])",
    any_keys="query.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (DATA_QUERIES,)
