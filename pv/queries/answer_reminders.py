"""Reminders about answers: a rejected report, an answer that does not come or needs a person."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.domain.e2b.acknowledgements import WAITING

# A later file of the case for the same receiver takes the place of the rejected one.
_REJECTED = """
SELECT file.id::text AS key, file.id::text AS target, 1 AS due_version,
    file.answered_on AS opens, file.answered_on AS due, file.file_name AS label, '' AS mark,
    file.site_id, file.product_id,
    CASE WHEN file.state <> ALL(%(subject_states)s) OR EXISTS (
        SELECT 1 FROM pv_submission AS later WHERE later.case_id = file.case_id
            AND later.profile = file.profile AND later.partner = file.partner
            AND (later.generated_at, later.id) > (file.generated_at, file.id))
        THEN 'closed' ELSE '' END AS silence
FROM pv_submission AS file
WHERE file.answered_on IS NOT NULL AND {condition}
"""
_UNANSWERED = """
SELECT file.id::text AS key, file.id::text AS target, file.answer_due_version AS due_version,
    (file.generated_at AT TIME ZONE 'Asia/Shanghai')::date AS opens, file.answer_due AS due,
    file.file_name AS label, '' AS mark, file.site_id, file.product_id,
    CASE WHEN file.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_submission AS file
WHERE file.answer_due IS NOT NULL AND {condition}
"""
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_submission')
SELECT file.id::text FROM seen JOIN pv_submission AS file USING (id)
WHERE (file.generated_at AT TIME ZONE 'Asia/Shanghai')::date <= %(today)s
"""
# A rejection is also over when a later file is made, so the files of its case are asked as well.
_TOUCHED_CASE = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_submission')
SELECT file.id::text FROM seen JOIN pv_submission AS touched USING (id)
    JOIN pv_submission AS file ON file.case_id = touched.case_id
WHERE file.answered_on <= %(today)s
"""

_HELD = """
SELECT sending.id::text AS key, sending.submission_id::text AS target,
    sending.attempt AS due_version,
    sending.waiting_since AS opens, sending.waiting_since AS due, file.file_name AS label,
    sending.state AS mark, sending.site_id, sending.product_id,
    CASE WHEN sending.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_transmission AS sending JOIN pv_submission AS file ON file.id = sending.submission_id
WHERE sending.waiting_since IS NOT NULL AND {condition}
"""
_TOUCHED_SENDING = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_transmission')
SELECT sending.id::text FROM seen JOIN pv_transmission AS sending USING (id)
WHERE sending.waiting_since <= %(today)s
"""

_WAITING = """
SELECT answer.id::text AS key, answer.id::text AS target, 1 AS due_version,
    (answer.worked_at AT TIME ZONE 'Asia/Shanghai')::date AS opens,
    (answer.worked_at AT TIME ZONE 'Asia/Shanghai')::date AS due,
    file.file_name AS label, answer.state AS mark, NULL::uuid AS site_id, answer.product_id,
    CASE WHEN answer.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_acknowledgement AS answer JOIN pv_inboundfile AS file ON file.id = answer.file_id
WHERE {condition}
"""
_WAITS = f"answer.state IN ({', '.join(repr(state.value) for state in WAITING)})"
_TAKEN_IN = (
    f"{_WAITS} AND (answer.worked_at AT TIME ZONE 'Asia/Shanghai')::date"
    " BETWEEN %(first)s AND %(last)s"
)
_TOUCHED_ANSWER = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_acknowledgement')
SELECT answer.id::text FROM seen JOIN pv_acknowledgement AS answer USING (id)
WHERE (answer.worked_at AT TIME ZONE 'Asia/Shanghai')::date <= %(today)s
"""


def _held_title(facts: NoticeFacts) -> str:
    if facts.mark == "ambiguous":
        return _("%(file)s: nobody knows if it arrived") % {"file": facts.label}
    return _("%(file)s did not reach its receiver") % {"file": facts.label}


def _rejected_title(facts: NoticeFacts) -> str:
    return _("%(file)s was rejected by its receiver") % {"file": facts.label}


def _unanswered_title(facts: NoticeFacts) -> str:
    return _("%(file)s: no answer of its receiver") % {"file": facts.label}


def _waiting_title(facts: NoticeFacts) -> str:
    if facts.mark == "conflict":
        return _("%(file)s contradicts an earlier answer") % {"file": facts.label}
    if facts.mark == "unclear":
        return _("%(file)s: an answer about a file of ours that is not clear") % {
            "file": facts.label
        }
    return _("%(file)s: an answer that nobody has looked at") % {"file": facts.label}


REJECTIONS = ObligationSource(
    kind="rejection",
    needs=Perm.CASE_WRITE,
    page="transmission",
    owed=_REJECTED,
    crossing={
        "opens": "file.state = 'rejected' AND file.answered_on BETWEEN %(first)s AND %(last)s",
        "due": "file.state = 'rejected' AND file.answered_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys="file.state = 'rejected' AND file.id = ANY(%(keys)s::uuid[])",
    any_keys="file.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED_CASE,
    title=_rejected_title,
)
ANSWERS = ObligationSource(
    kind="answer",
    needs=Perm.CASE_WRITE,
    page="transmission",
    owed=_UNANSWERED,
    crossing={
        "opens": "(file.generated_at AT TIME ZONE 'Asia/Shanghai')::date"
        " BETWEEN %(first)s AND %(last)s",
        "due": "file.answer_due BETWEEN %(first)s AND %(last)s",
    },
    open_keys="file.id = ANY(%(keys)s::uuid[])",
    any_keys="file.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_unanswered_title,
)
SENDINGS = ObligationSource(
    kind="sending",
    needs=Perm.CASE_WRITE,
    page="transmission",
    owed=_HELD,
    crossing={
        "opens": "sending.waiting_since BETWEEN %(first)s AND %(last)s",
        "due": "sending.waiting_since BETWEEN %(first)s AND %(last)s",
    },
    open_keys="sending.id = ANY(%(keys)s::uuid[])",
    any_keys="sending.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED_SENDING,
    title=_held_title,
)
ACKNOWLEDGEMENTS = ObligationSource(
    kind="acknowledgement",
    needs=Perm.ICSR_IMPORT,
    page="acknowledgement",
    owed=_WAITING,
    crossing={"opens": _TAKEN_IN, "due": _TAKEN_IN},
    open_keys=f"{_WAITS} AND answer.id = ANY(%(keys)s::uuid[])",
    any_keys="answer.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED_ANSWER,
    title=_waiting_title,
)
SOURCES = (REJECTIONS, ANSWERS, SENDINGS, ACKNOWLEDGEMENTS)
