"""Requests to follow a patient of another site as obligations of the site that is asked."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

_ASKED_ON = "(asked.asked_at AT TIME ZONE 'Asia/Shanghai')::date"
_DUE = f"greatest(asked.proposed_on, {_ASKED_ON})"
_OWED = """
SELECT asked.id::text AS key, asked.id::text AS target, 1 AS due_version,
    asked_on AS opens, due_on AS due, asked.code AS label, '' AS mark,
    asked.to_site_id AS site_id, asked.product_id,
    CASE WHEN asked.state <> ALL(%(subject_states)s) OR {left_out}
        THEN 'closed' ELSE '' END AS silence
FROM followup_patienttransfer AS asked
JOIN followup_patient AS patient ON patient.id = asked.patient_id
WHERE {condition}
""".replace("asked_on AS", f"{_ASKED_ON} AS").replace("due_on AS", f"{_DUE} AS")
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'followup_patienttransfer')
SELECT asked.id::text FROM seen JOIN followup_patienttransfer AS asked USING (id)
"""
_OPEN = "asked.state = 'ASKED' AND "


def _title(facts: NoticeFacts) -> str:
    return _("Request to follow %(patient)s") % {"patient": facts.label}


TRANSFERS = ObligationSource(
    kind="transfer",
    needs=Perm.PATIENT_WRITE,
    page="patient-transfer",
    owed=_OWED,
    crossing={
        "opens": f"{_OPEN}{_ASKED_ON} BETWEEN %(first)s AND %(last)s",
        "due": f"{_OPEN}{_DUE} BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_OPEN + "asked.id = ANY(%(keys)s::uuid[])",
    any_keys="asked.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (TRANSFERS,)
