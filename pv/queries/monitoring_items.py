"""Monitoring items: the open one of a sample, and its last day as an obligation."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.models import Sample
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.models import WatchItem
from pv.models.monitoring_items import REPEAT_ANALYSIS

# A patient who died or was lost may still have material to be analysed: that does not silence it.
# A patient whom safety may not see does (followup.models.bases, the basis of duty).
_OWED = """
SELECT watch.id::text AS key, result.sample_id::text AS target, 1 AS due_version,
    watch.opened_on AS opens, watch.due, sample.number AS label, watch.kind AS mark,
    watch.site_id, watch.product_id,
    CASE WHEN watch.closed_on IS NOT NULL OR NOT ('OPEN' = ANY(%(subject_states)s))
        THEN 'closed'
        WHEN EXISTS (SELECT FROM followup_retiredpatient AS gone
            WHERE gone.patient_id = result.patient_id) THEN 'closed'
        WHEN NOT EXISTS (SELECT FROM followup_consent AS consent
            WHERE consent.patient_id = result.patient_id AND consent.withdrawn_on IS NULL
                AND 'HOLDER' = ANY(consent.purposes))
            AND NOT EXISTS (SELECT FROM followup_adverseevent AS event
                WHERE event.patient_id = result.patient_id) THEN 'not_entitled'
        ELSE '' END AS silence
FROM pv_watchitem AS watch
JOIN followup_molecularresult AS result ON result.id = watch.result_id
JOIN followup_sample AS sample ON sample.id = result.sample_id
WHERE {condition}
"""
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name = 'pv_watchitem')
SELECT watch.id::text FROM seen JOIN pv_watchitem AS watch USING (id)
WHERE watch.opened_on <= %(today)s
"""


def of_sample(actor: Actor, sample: Sample) -> Sequence[WatchItem]:
    """What is open for the infusion of a sample, the earliest day first."""
    rows = WatchItem.objects.filter(infusion_id=sample.infusion_id, closed_on__isnull=True)
    return list(scope.visible(actor, rows).select_related("result__sample").order_by("due"))


def is_repeat(item: WatchItem) -> bool:
    """Whether it asks for a repeat and not for the first analysis."""
    return item.kind == REPEAT_ANALYSIS


def _title(facts: NoticeFacts) -> str:
    text = _("Sample %(sample)s: integration-site analysis")
    if facts.mark == REPEAT_ANALYSIS:
        text = _("Sample %(sample)s: repeat of the integration-site analysis")
    return text % {"sample": facts.label}


MONITORING_ITEMS = ObligationSource(
    kind="watch",
    needs=Perm.CASE_WRITE,
    page="sample",
    owed=_OWED,
    crossing={
        "opens": "watch.closed_on IS NULL AND watch.opened_on BETWEEN %(first)s AND %(last)s",
        "due": "watch.closed_on IS NULL AND watch.due BETWEEN %(first)s AND %(last)s",
    },
    open_keys="watch.closed_on IS NULL AND watch.id = ANY(%(keys)s::uuid[])",
    any_keys="watch.id = ANY(%(keys)s::uuid[])",
    touched=_TOUCHED,
    title=_title,
)
SOURCES = (MONITORING_ITEMS,)
