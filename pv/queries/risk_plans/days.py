"""Measures of plans in force that are owed by a day: in lists, in the calendar, as reminders."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.queries.reminders import NoticeFacts, ObligationSource
from pv.models import MeasureCompletion, PlanMeasure, RiskPlan
from pv.queries.risk_plans.versions import completions

_IN_FORCE = """(plan.confirmed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM pv_riskplan AS later WHERE later.product_id = plan.product_id
        AND later.confirmed_at > plan.confirmed_at))"""
_DONE = """EXISTS (SELECT 1 FROM pv_measurecompletion AS completion
    WHERE completion.lineage = measure.lineage AND completion.due = measure.due)"""
# What is owed is the measure by its day, whatever version holds: it reminds and is done once.
_KEY = "(measure.lineage::text || '/' || measure.due)"
_OWED = (
    """
SELECT KEY AS key, plan.id::text AS target, 1 AS due_version,
    plan.valid_from AS opens, measure.due,
    {product} AS label,
    left(measure.description, 80) AS mark, NULL::uuid AS site_id, measure.product_id,
    CASE WHEN DONE THEN 'closed' ELSE '' END AS silence
FROM pv_planmeasure AS measure
JOIN pv_riskplan AS plan ON plan.id = measure.plan_id
JOIN followup_product AS product ON product.id = measure.product_id
WHERE measure.due IS NOT NULL AND IN_FORCE AND {condition}
""".replace("KEY", _KEY)
    .replace("DONE", _DONE)
    .replace("IN_FORCE", _IN_FORCE)
)
_OPEN = f"NOT {_DONE} AND "
_TOUCHED = """
WITH seen AS MATERIALIZED (
    SELECT DISTINCT table_name, row_id::uuid AS id FROM core_change
    WHERE {fresh} AND table_name IN ('pv_riskplan', 'pv_measurecompletion'))
SELECT KEY FROM pv_planmeasure AS measure
    JOIN pv_riskplan AS plan ON plan.id = measure.plan_id
WHERE measure.due IS NOT NULL AND plan.confirmed_at IS NOT NULL
    AND plan.valid_from <= %(today)s AND (
    plan.product_id IN (SELECT product_id FROM pv_riskplan
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_riskplan'))
    OR measure.lineage IN (SELECT lineage FROM pv_measurecompletion
        WHERE id IN (SELECT id FROM seen WHERE table_name = 'pv_measurecompletion')))
""".replace("KEY", _KEY)


def _title(facts: NoticeFacts) -> str:
    return _("%(product)s, risk management plan: %(measure)s") % {
        "product": facts.label,
        "measure": facts.mark,
    }


reminders = ObligationSource(
    kind="risk_measure",
    needs=Perm.REPORT_WRITE,
    page="risk-plan",
    owed=_OWED,
    crossing={
        "opens": _OPEN + "plan.valid_from BETWEEN %(first)s AND %(last)s",
        "due": _OPEN + "measure.due BETWEEN %(first)s AND %(last)s",
    },
    open_keys=f"{_OPEN}{_KEY} = ANY(%(keys)s)",
    any_keys=f"{_KEY} = ANY(%(keys)s)",
    touched=_TOUCHED,
    title=_title,
)


@dataclass(frozen=True, slots=True)
class OwedMeasure:
    """A measure of a plan in force with its day, and that it was done."""

    measure: PlanMeasure
    done: MeasureCompletion | None


def owed(actor: Actor, *, since: date, until: date) -> list[OwedMeasure]:
    """Measures of plans in force by their day: open ones up to `until` however old, done ones of
    the span."""
    later = RiskPlan.objects.filter(
        product_id=OuterRef("plan__product_id"), confirmed_at__gt=OuterRef("plan__confirmed_at")
    )
    rows = PlanMeasure.objects.filter(
        ~Exists(later), plan__confirmed_at__isnull=False, due__lte=until
    ).select_related("plan", "risk", "product")
    measures = list(scope.visible(actor, rows).order_by("due", "id"))
    done = completions(actor, measures)
    found = [OwedMeasure(row, done.get((row.lineage, row.due))) for row in measures]
    return [each for each in found if each.done is None or each.done.due >= since]
