"""Call-backs and appointments as obligations of the hospital."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

# Labels name the patient's code and the hour; what is to be done is read on the page.
_CALL_BACKS = """
SELECT task.id::text AS key, task.id::text AS target, task.version AS due_version,
    least((task.asked_at AT TIME ZONE 'Asia/Shanghai')::date, task.due_on) AS opens,
    task.due_on AS due,
    concat_ws(' ', patient.study_code, to_char(task.due_at, 'HH24:MI')) AS label,
    '' AS mark, task.site_id, NULL::uuid AS product_id, task.owner_id AS person,
    CASE WHEN (CASE WHEN task.done_at IS NULL THEN 'OPEN' ELSE 'DONE' END)
            <> ALL(%(subject_states)s) OR {left_out}
        THEN 'closed' ELSE '' END AS silence
FROM followup_callback AS task JOIN followup_patient AS patient ON patient.id = task.patient_id
WHERE {condition}
"""
_APPOINTMENTS = """
SELECT expected.id::text AS key, expected.patient_id::text AS target,
    expected.version AS due_version,
    least((expected.booked_at AT TIME ZONE 'Asia/Shanghai')::date, expected.on) AS opens,
    expected.on AS due,
    concat_ws(' ', patient.study_code, to_char(expected.at, 'HH24:MI')) AS label,
    '' AS mark, expected.site_id, NULL::uuid AS product_id, carer.user_id AS person,
    CASE WHEN expected.state <> ALL(%(subject_states)s) OR {left_out}
        THEN 'closed' ELSE '' END AS silence
FROM followup_appointment AS expected
JOIN followup_patient AS patient ON patient.id = expected.patient_id
LEFT JOIN followup_carer AS carer ON carer.patient_id = patient.id
WHERE {condition}
""".replace("expected.on", 'expected."on"').replace("expected.at", 'expected."at"')
# By site, so that the lists' own indexes on site and day serve the sweep as well.
_AT_SITES = "{row}.site_id IN (SELECT id FROM followup_site)"
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = '{table}')
SELECT {table}.id::text FROM seen JOIN {table} USING (id)
"""
_TASK_OPEN = "task.done_at IS NULL AND " + _AT_SITES.replace("{row}", "task") + " AND "
_BOOKED = "expected.state = 'BOOKED' AND " + _AT_SITES.replace("{row}", "expected") + " AND "
_ASKED_ON = "(task.asked_at AT TIME ZONE 'Asia/Shanghai')::date"
_BOOKED_ON = "(expected.booked_at AT TIME ZONE 'Asia/Shanghai')::date"


def _call_back(facts: NoticeFacts) -> str:
    return _("Call-back %(patient)s") % {"patient": facts.label}


def _appointment(facts: NoticeFacts) -> str:
    return _("Appointment %(patient)s") % {"patient": facts.label}


CALL_BACKS = ObligationSource(
    kind="call_back",
    needs=Perm.VISIT_WRITE,
    page="call-back-finish",
    owed=_CALL_BACKS,
    crossing={
        "opens": f"{_TASK_OPEN}{_ASKED_ON} BETWEEN %(first)s AND %(last)s",
        "due": _TASK_OPEN + "task.due_on BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_TASK_OPEN + "task.id = ANY(%(keys)s::uuid[])",
    any_keys="task.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED.replace("{table}", "followup_callback"),
    title=_call_back,
    personal=True,
)
APPOINTMENTS = ObligationSource(
    kind="appointment",
    needs=Perm.VISIT_WRITE,
    page="patient",
    owed=_APPOINTMENTS,
    crossing={
        "opens": f"{_BOOKED}{_BOOKED_ON} BETWEEN %(first)s AND %(last)s",
        "due": _BOOKED + 'expected."on" BETWEEN %(first)s AND %(last)s',
    },
    open_keys=_BOOKED + "expected.id = ANY(%(keys)s::uuid[])",
    any_keys="expected.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED.replace("{table}", "followup_appointment"),
    title=_appointment,
    personal=True,
)
SOURCES = (CALL_BACKS, APPOINTMENTS)
