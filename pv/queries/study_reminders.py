"""What a status of a trial or a trial application calls for by a day, as reminders."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.queries import studies

# Ended by one of the statuses its rule names, of that day or later.
_ENDED = """EXISTS (SELECT 1 FROM pv_studystatus AS later
    WHERE later.study_id = status.study_id AND later.withdrawn_at IS NULL
    AND later.happened_on >= status.happened_on AND status.due_until ? later.status)"""
_OWED = """
SELECT status.id::text AS key, status.study_id::text AS target, status.due_version,
    status.happened_on AS opens, status.due,
    {product} AS label,
    status.status || ' ' || study.number AS mark, NULL::uuid AS site_id, status.product_id,
    CASE WHEN status.withdrawn_at IS NOT NULL OR study.withdrawn_at IS NOT NULL OR ENDED
        THEN 'closed' ELSE '' END AS silence
FROM pv_studystatus AS status
JOIN pv_study AS study ON study.id = status.study_id
JOIN followup_product AS product ON product.id = status.product_id
WHERE status.due IS NOT NULL AND {condition}
""".replace("ENDED", _ENDED)
_OPEN = f"status.withdrawn_at IS NULL AND study.withdrawn_at IS NULL AND NOT {_ENDED} AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_study', 'pv_studystatus'))
SELECT status.id::text FROM pv_studystatus AS status
WHERE status.due IS NOT NULL AND status.happened_on <= %(today)s AND (
    status.study_id IN (SELECT id FROM seen WHERE table_name = 'pv_study')
    OR status.study_id IN (SELECT study_id FROM pv_studystatus
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_studystatus')))
"""


def _title(facts: NoticeFacts) -> str:
    status, _space, number = facts.mark.partition(" ")
    return _("%(product)s, study %(number)s: %(owed)s") % {
        "product": facts.label,
        "number": number,
        "owed": studies.owed_words().get(status) or status,
    }


SOURCES = (
    ObligationSource(
        kind="study_limit",
        needs=Perm.REPORT_WRITE,
        page="study",
        owed=_OWED,
        crossing={
            "opens": _OPEN + "status.happened_on BETWEEN %(first)s AND %(last)s",
            "due": _OPEN + "status.due BETWEEN %(first)s AND %(last)s",
        },
        open_keys=_OPEN + "status.id = ANY(%(keys)s::uuid[])",
        any_keys="status.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
    ),
)
