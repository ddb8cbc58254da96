"""Reminders about follow-up information that was asked for and does not come."""

from dataclasses import replace

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource

_OWED = """
SELECT request.id::text AS key, request.id::text AS target, request.due_version,
    request.asked_on AS opens, request.due_on AS due, record.number AS label,
    request.way AS mark, request.site_id, request.product_id,
    CASE WHEN request.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_followuprequest AS request JOIN pv_case AS record ON record.id = request.case_id
WHERE {condition}
"""
_OPEN = "request.state = 'open' AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_followuprequest')
SELECT request.id::text FROM seen JOIN pv_followuprequest AS request USING (id)
WHERE request.asked_on <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(case)s: follow-up information was asked for, no answer") % {"case": facts.label}


def _escalated_title(facts: NoticeFacts) -> str:
    return _("%(case)s: asked often enough without an answer") % {"case": facts.label}


REQUESTS = ObligationSource(
    kind="follow_up_request",
    needs=Perm.CASE_WRITE,
    page="follow-up-request",
    owed=_OWED,
    crossing={
        "opens": _OPEN + "request.asked_on BETWEEN %(first)s AND %(last)s",
        "due": _OPEN + "request.due_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_OPEN + "request.id = ANY(%(keys)s::uuid[])",
    any_keys="request.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
# Whoever assesses cases is told on the day of the attempt that was one too many.
_TRIED = "request.escalated_on IS NOT NULL AND "
ESCALATIONS = replace(
    REQUESTS,
    kind="follow_up_escalation",
    needs=Perm.CASE_ASSESS,
    owed=_OWED.replace("request.due_on AS due", "request.escalated_on AS due").replace(
        "WHERE {condition}", "WHERE request.escalated_on IS NOT NULL AND {condition}"
    ),
    crossing={
        "opens": _OPEN + _TRIED + "request.asked_on BETWEEN %(first)s AND %(last)s",
        "due": _OPEN + "request.escalated_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_OPEN + _TRIED + "request.id = ANY(%(keys)s::uuid[])",
    title=_escalated_title,
)
SOURCES = (REQUESTS, ESCALATIONS)
