"""What came of the measures of the version in force: done with proof, checked for effect."""

from datetime import date

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import confirmations
from pv.models import EffectivenessCheck, MeasureCompletion, PlanMeasure
from pv.queries import risk_plans


@action("risk_plan.complete_measure", needs=Perm.REPORT_WRITE)
def complete(
    actor: Actor, measure: PlanMeasure, *, done_on: date, evidence: str
) -> MeasureCompletion:
    """Record that a measure was done by the day it is owed by, with the proof."""
    person = confirmations.person(actor)
    if measure.due is None or not risk_plans.holds(measure.plan):
        raise Refused(_("This measure is not owed by a day in the version in force."))
    if risk_plans.completion(measure) is not None:
        raise Refused(_("This measure is recorded as done already."))
    problems = {}
    if done_on > clock.today():
        problems["done_on"] = _("The day lies in the future.")
    if not evidence.strip():
        problems["evidence"] = _("Name the proof: an acceptance number, a file.")
    if problems:
        raise Refused(problems)
    return MeasureCompletion.objects.create(
        product_id=measure.product_id,
        lineage=measure.lineage,
        due=measure.due,
        done_on=done_on,
        evidence=evidence.strip(),
        recorded_by_id=person,
        recorded_at=clock.now(),
    )


@action("risk_plan.check_effectiveness", needs=Perm.REPORT_WRITE)
def check_effectiveness(
    actor: Actor,
    measure: PlanMeasure,
    *,
    indicator: str,
    target: str,
    result: str,
    outcome: str,
    checked_on: date,
) -> EffectivenessCheck:
    """Record whether a measure works; a later check stands beside the earlier ones."""
    person = confirmations.person(actor)
    if measure.plan.confirmed_at is None:
        raise Refused(_("The version is not confirmed: its measures are not at work yet."))
    problems = {
        name: _("Enter it.")
        for name, value in (("indicator", indicator), ("target", target), ("result", result))
        if not value.strip()
    }
    if outcome not in EffectivenessCheck.Outcome.values:
        problems["outcome"] = _("Choose what the result says.")
    if checked_on > clock.today():
        problems["checked_on"] = _("The day lies in the future.")
    if problems:
        raise Refused(problems)
    return EffectivenessCheck.objects.create(
        product_id=measure.product_id,
        measure=measure,
        lineage=measure.lineage,
        indicator=indicator.strip(),
        target=target.strip(),
        result=result.strip(),
        outcome=outcome,
        checked_on=checked_on,
        recorded_by_id=person,
        recorded_at=clock.now(),
    )
