"""Visit windows as obligations of the hospital."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries import calls
from followup.queries.reminders.sources import NoticeFacts, ObligationSource

# A missed visit stays owed until its ladder ends: only new rungs are made for planned ones.
_OWED = """
SELECT visit.id::text AS key, visit.id::text AS target, visit.due_version,
    visit.window_start AS opens, visit.due, visit.code || ' ' || patient.study_code AS label,
    '' AS mark, visit.site_id, visit.product_id,
    {silence} AS silence
FROM followup_plannedvisit AS visit
JOIN followup_patient AS patient ON patient.id = visit.patient_id
WHERE {condition}
""".replace("{silence}", calls.SILENCE)
# Put off to a day of its window, a visit rings on that day (the daily look back makes what fell in
# between); put off beyond its window it rings on, or it would be missed.
_AWAKE = calls.RINGS
# By site, so that the list's own index on (site, due) serves the sweep as well.
_AT_SITES = "visit.site_id IN (SELECT id FROM followup_site)"
_BY_DUE = f"{_AWAKE} AND visit.due BETWEEN %(first)s AND %(last)s AND {_AT_SITES}"
_BY_OPENING = f"{_AWAKE} AND visit.window_start BETWEEN %(first)s AND %(last)s"
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, operation, row_id FROM core_change
    WHERE {fresh} AND table_name IN ('followup_plannedvisit', 'followup_patient'))
SELECT visit.id::text FROM seen
    JOIN followup_plannedvisit AS visit ON visit.id = seen.row_id::bigint
    WHERE seen.table_name = 'followup_plannedvisit' AND seen.operation <> 'BATCH'
        AND visit.window_start <= %(today)s
UNION SELECT visit.id::text FROM seen
    JOIN followup_plannedvisit AS visit ON visit.schedule_id = seen.row_id::uuid
    WHERE seen.table_name = 'followup_plannedvisit' AND seen.operation = 'BATCH'
        AND visit.window_start <= %(today)s
UNION SELECT visit.id::text FROM seen
    JOIN followup_plannedvisit AS visit ON visit.patient_id = seen.row_id::uuid
    WHERE seen.table_name = 'followup_patient' AND seen.operation = 'UPDATE'
        AND visit.window_start <= %(today)s
"""


def _title(facts: NoticeFacts) -> str:
    return _("Follow-up %(visit)s") % {"visit": facts.label}


VISITS = ObligationSource(
    kind="visit",
    needs=Perm.VISIT_WRITE,
    page="visit-call",
    owed=_OWED,
    crossing={"opens": _BY_OPENING, "due": _BY_DUE},
    open_keys=f"{_AWAKE} AND visit.id = ANY(%(keys)s::bigint[])",
    any_keys="visit.id = ANY(%(keys)s::bigint[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (VISITS,)
