"""What the holder and the safety officer owe: report clocks, milestones, statutory deadlines."""

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.queries import rules

# A clock is a duty of the holder: death, loss or withdrawal of the patient does not end it.
_CLOCKS = """
SELECT clock.id::text AS key, clock.case_id::text AS target, clock.due_version,
    clock.day_zero AS opens, clock.due, record.number AS label,
    CASE WHEN record.fatal THEN 'fatal' WHEN record.serious THEN 'serious' ELSE '' END AS mark,
    clock.site_id, clock.product_id,
    CASE WHEN clock.met_on IS NOT NULL OR clock.stopped_at IS NOT NULL
        OR (record.stage <> ALL(%(subject_states)s)
            -- A nullification that its receiver refused is still owed.
            AND NOT (record.stage = 'nullified' AND clock.case_version > 1
                AND clock.day_zero >= record.nullified_on))
        THEN 'closed' ELSE '' END AS silence
FROM pv_reportclock AS clock JOIN pv_case AS record ON record.id = clock.case_id
WHERE {condition}
"""
_CLOCK_OPEN = "clock.met_on IS NULL AND clock.stopped_at IS NULL AND "
_CLOCKS_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_reportclock', 'pv_case'))
SELECT clock.id::text FROM seen JOIN pv_reportclock AS clock ON clock.id = seen.id
    WHERE seen.table_name = 'pv_reportclock' AND clock.day_zero <= %(today)s
UNION SELECT clock.id::text FROM seen JOIN pv_reportclock AS clock ON clock.case_id = seen.id
    WHERE seen.table_name = 'pv_case' AND clock.day_zero <= %(today)s
"""
# A commitment counts from its approval, so that every rung before the end has its day.
_MILESTONES = """
SELECT milestone.id::text AS key, milestone.commitment_id::text AS target, milestone.due_version,
    commitment.approved_on AS opens, milestone.due,
    {product}
        || coalesce(' ' || nullif(commitment.trial_number, ''), '') AS label,
    milestone.code AS mark,
    NULL::uuid AS site_id, milestone.product_id,
    CASE WHEN milestone.actual IS NOT NULL
        OR commitment.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_milestone AS milestone
JOIN pv_commitment AS commitment ON commitment.id = milestone.commitment_id
JOIN followup_product AS product ON product.id = milestone.product_id
WHERE milestone.due IS NOT NULL AND {condition}
"""
_MILESTONES_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_milestone', 'pv_commitment'))
SELECT milestone.id::text FROM pv_milestone AS milestone
    JOIN pv_commitment AS commitment ON commitment.id = milestone.commitment_id
WHERE commitment.approved_on <= %(today)s AND (
    milestone.id IN (SELECT id FROM seen WHERE table_name = 'pv_milestone')
    OR milestone.commitment_id IN (SELECT id FROM seen WHERE table_name = 'pv_commitment'))
"""
_ENDS = """
SELECT commitment.id::text AS key, commitment.id::text AS target,
    commitment.legal_end_version AS due_version, commitment.approved_on AS opens,
    commitment.legal_end AS due,
    {product}
        || coalesce(' ' || nullif(commitment.trial_number, ''), '') AS label,
    commitment.kind AS mark,
    NULL::uuid AS site_id, commitment.product_id,
    CASE WHEN commitment.state <> ALL(%(subject_states)s) THEN 'closed' ELSE '' END AS silence
FROM pv_commitment AS commitment
JOIN followup_product AS product ON product.id = commitment.product_id
WHERE {condition}
"""
_ENDS_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_commitment')
SELECT commitment.id::text FROM seen JOIN pv_commitment AS commitment USING (id)
WHERE commitment.approved_on <= %(today)s
"""


def _label(kind: str, code: str) -> str:
    """The name of a code in the reference data, in the current language."""
    rows = rules.data("commitments")[kind]
    language = reader_language()
    return next((str(row[language]) for row in rows if row["code"] == code), code)


def _clock_title(facts: NoticeFacts) -> str:
    marks = {"fatal": pgettext("case", "fatal"), "serious": pgettext("case", "serious")}
    return f"{facts.label} {marks.get(facts.mark, '')}".strip()


def _escalation_title(facts: NoticeFacts) -> str:
    return _("%(case)s: the report clock is about to break") % {"case": _clock_title(facts)}


def _milestone_title(facts: NoticeFacts) -> str:
    what = _label("milestones", facts.mark)
    return _("%(product)s: %(milestone)s") % {"product": facts.label, "milestone": what}


def _end_title(facts: NoticeFacts) -> str:
    what = _label("types", facts.mark)
    return _("%(product)s: statutory deadline, %(commitment)s") % {
        "product": facts.label,
        "commitment": what,
    }


CLOCKS = ObligationSource(
    kind="clock",
    needs=Perm.CASE_WRITE,
    page="case",
    owed=_CLOCKS,
    crossing={
        "opens": _CLOCK_OPEN + "clock.day_zero BETWEEN %(first)s AND %(last)s",
        "due": _CLOCK_OPEN + "clock.due BETWEEN %(first)s AND %(last)s",
    },
    open_keys=_CLOCK_OPEN + "clock.id = ANY(%(keys)s::uuid[])",
    any_keys="clock.id = ANY(%(keys)s::uuid[])",
    touched=_CLOCKS_TOUCHED,
    title=_clock_title,
)
# The same clocks once more for whoever answers for the cases, while there is time to act.
ESCALATIONS = replace(CLOCKS, kind="escalation", needs=Perm.CASE_ASSESS, title=_escalation_title)
MILESTONES = ObligationSource(
    kind="milestone",
    needs=Perm.COMMITMENT_WRITE,
    page="commitment",
    owed=_MILESTONES,
    crossing={
        "opens": "milestone.actual IS NULL AND commitment.approved_on"
        " BETWEEN %(first)s AND %(last)s",
        "due": "milestone.actual IS NULL AND milestone.due BETWEEN %(first)s AND %(last)s",
    },
    open_keys="milestone.actual IS NULL AND milestone.id = ANY(%(keys)s::uuid[])",
    any_keys="milestone.id = ANY(%(keys)s::uuid[])",
    touched=_MILESTONES_TOUCHED,
    title=_milestone_title,
)
LEGAL_ENDS = ObligationSource(
    kind="legal_end",
    needs=Perm.COMMITMENT_WRITE,
    page="commitment",
    owed=_ENDS,
    crossing={
        "opens": "commitment.approved_on BETWEEN %(first)s AND %(last)s",
        "due": "commitment.legal_end BETWEEN %(first)s AND %(last)s",
    },
    open_keys="commitment.id = ANY(%(keys)s::uuid[])",
    any_keys="commitment.id = ANY(%(keys)s::uuid[])",
    touched=_ENDS_TOUCHED,
    title=_end_title,
)
SOURCES = (CLOCKS, ESCALATIONS, MILESTONES, LEGAL_ENDS)
