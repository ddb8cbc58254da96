"""What certificates and authorisations abroad owe by the calendar, as reminders."""

from django.utils.translation import gettext as _

from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.queries import duties

_DONE = """EXISTS (SELECT 1 FROM pv_dutyrecord AS record
    WHERE record.product_id = day.product_id AND record.number = day.number
    AND record.duty = day.duty AND record.due = day.due AND record.withdrawn_at IS NULL)"""
# An entry counts from its first day, so that every rung before the day has its own.
_OWED = """
SELECT day.id::text AS key, day.ENTRY_id::text AS target, 1 AS due_version,
    entry.FIRST AS opens, day.due,
    {product} || ' ' || day.number AS label,
    day.duty AS mark, NULL::uuid AS site_id, day.product_id,
    CASE WHEN NOT day.owed OR DONE THEN 'closed' ELSE '' END AS silence
FROM pv_dutyday AS day
JOIN pv_ENTRY AS entry ON entry.id = day.ENTRY_id
JOIN followup_product AS product ON product.id = day.product_id
WHERE {condition}
""".replace("DONE", _DONE)
_OPEN = f"day.owed AND NOT {_DONE} AND "
_KEYS = "day.id = ANY(%(keys)s::uuid[])"
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_dutyday', 'pv_dutyrecord'))
SELECT day.id::text FROM pv_dutyday AS day
WHERE day.ENTRY_id IS NOT NULL AND (day.id IN (SELECT id FROM seen WHERE table_name = 'pv_dutyday')
    OR (day.product_id, day.number, day.duty, day.due) IN (
        SELECT product_id, number, duty, due FROM pv_dutyrecord
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_dutyrecord')))
"""


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s: %(milestone)s") % {
        "product": facts.label,
        "milestone": duties.words().get(facts.mark, facts.mark),
    }


def _source(kind: str, page: str, first: str) -> ObligationSource:
    """The duties of the entries of one register; `page` names their page and their table."""
    owed = _OWED.replace("ENTRY", page).replace("FIRST", first)
    return ObligationSource(
        kind=kind,
        needs=Perm.COMMITMENT_WRITE,
        page=page,
        owed=owed,
        crossing={
            "opens": f"{_OPEN}entry.{first} BETWEEN %(first)s AND %(last)s",
            "due": _OPEN + "day.due BETWEEN %(first)s AND %(last)s",
        },
        open_keys=_OPEN + _KEYS,
        any_keys=_KEYS,
        touched=_TOUCHED.replace("ENTRY", page),
        title=_title,
    )


SOURCES = (
    _source("duty", "certificate", "approved_on"),
    _source("duty_abroad", "authorisation", "authorised_on"),
)
