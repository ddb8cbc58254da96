"""What certificates owe by the calendar, as reminders."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.queries import duties

_DONE = """EXISTS (SELECT 1 FROM pv_dutyrecord AS record
    WHERE record.product_id = day.product_id AND record.number = day.number
    AND record.duty = day.duty AND record.due = day.due AND record.withdrawn_at IS NULL)"""
# A certificate counts from its approval, so that every rung before the day has its own.
_OWED = """
SELECT day.id::text AS key, day.certificate_id::text AS target, 1 AS due_version,
    certificate.approved_on AS opens, day.due,
    {product} || ' ' || day.number AS label,
    day.duty AS mark, NULL::uuid AS site_id, day.product_id,
    CASE WHEN NOT day.owed OR DONE THEN 'closed' ELSE '' END AS silence
FROM pv_dutyday AS day
JOIN pv_certificate AS certificate ON certificate.id = day.certificate_id
JOIN followup_product AS product ON product.id = day.product_id
WHERE {condition}
""".replace("DONE", _DONE)
_OPEN = f"day.owed AND NOT {_DONE} AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_dutyday', 'pv_dutyrecord'))
SELECT day.id::text FROM pv_dutyday AS day
WHERE day.id IN (SELECT id FROM seen WHERE table_name = 'pv_dutyday')
    OR (day.product_id, day.number, day.duty, day.due) IN (
        SELECT product_id, number, duty, due FROM pv_dutyrecord
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_dutyrecord'))
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s: %(milestone)s") % {
        "product": facts.label,
        "milestone": duties.words().get(facts.mark, facts.mark),
    }


SOURCES = (
    ObligationSource(
        kind="duty",
        needs=Perm.COMMITMENT_WRITE,
        page="certificate",
        owed=_OWED,
        crossing={
            "opens": _OPEN + "certificate.approved_on BETWEEN %(first)s AND %(last)s",
            "due": _OPEN + "day.due BETWEEN %(first)s AND %(last)s",
        },
        open_keys=_OPEN + "day.id = ANY(%(keys)s::uuid[])",
        any_keys="day.id = ANY(%(keys)s::uuid[])",
        touched=_TOUCHED,
        title=_title,
    ),
)
