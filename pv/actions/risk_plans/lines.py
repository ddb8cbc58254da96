"""The risks and measures of a version while it is written."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import confirmations
from pv.domain.risk_plans import MeasureKind
from pv.models import PlanMeasure, PlanRisk, RiskPlan
from pv.queries import duties, risk_plans


@part
def _open(plan: RiskPlan) -> RiskPlan:
    """The locked version, counted on; Refused once it was decided on."""
    row = RiskPlan.objects.select_for_update(of=("self",)).get(id=plan.id)
    if row.confirmed_at is not None or row.refused_because:
        raise Refused(_("This version was decided on: begin the next one."))
    row.version += 1
    row.save(update_fields=["version"])
    return row


@action("risk_plan.add_risk", needs=Perm.REPORT_WRITE)
def add_risk(actor: Actor, plan: RiskPlan, *, values: Mapping[str, Any]) -> PlanRisk:
    """Add a risk or missing information; `signal` is the signal it came from, if any."""
    person = confirmations.person(actor)
    row, problems = _open(plan), {}
    name = values["name"].strip()
    if not name:
        problems["name"] = _("Enter the risk.")
    elif row.risks.filter(name=name).exists():
        problems["name"] = _("This risk is in the version already.")
    if values["category"] not in risk_plans.categories():
        problems["category"] = _("Choose the category.")
    signal = values.get("signal")
    if signal is not None and signal.product_id != row.product_id:
        problems["signal"] = _("The signal is of another product.")
    if problems:
        raise Refused(problems)
    return PlanRisk.objects.create(
        plan=row,
        product_id=row.product_id,
        category=values["category"],
        name=name,
        note=values.get("note", "").strip(),
        signal=signal,
        written_by_id=person,
        written_at=clock.now(),
    )


@action("risk_plan.add_measure", needs=Perm.REPORT_WRITE)
def add_measure(actor: Actor, plan: RiskPlan, *, values: Mapping[str, Any]) -> PlanMeasure:
    """Add what is done about a risk of the version."""
    person = confirmations.person(actor)
    row, problems = _open(plan), {}
    risk = row.risks.filter(id=values["risk"]).first() if values["risk"] else None
    if risk is None:
        problems["risk"] = _("Choose the risk.")
    if values["kind"] not in set(MeasureKind):
        problems["kind"] = _("Choose what kind of measure it is.")
    if not values["description"].strip():
        problems["description"] = _("Say what is done.")
    if values["due"] is not None and not values["owner_name"].strip():
        problems["owner_name"] = _("Name who answers for the day.")
    if values["duty"] and values["duty"] not in duties.words():
        problems["duty"] = _("Choose a duty of the certificate.")
    if problems or risk is None:
        raise Refused(problems)
    return PlanMeasure.objects.create(
        plan=row,
        risk=risk,
        product_id=row.product_id,
        lineage=uuid7(),
        kind=values["kind"],
        description=values["description"].strip(),
        owner_name=values["owner_name"].strip(),
        due=values["due"],
        duty=values["duty"],
        written_by_id=person,
        written_at=clock.now(),
    )


@action("risk_plan.remove_risk", needs=Perm.REPORT_WRITE)
def remove_risk(actor: Actor, risk: PlanRisk) -> RiskPlan:
    """Take a risk with its measures out of a version that is still written."""
    confirmations.person(actor)
    row = _open(risk.plan)
    risk.measures.all().delete()
    PlanRisk.objects.filter(id=risk.id).delete()
    return row


@action("risk_plan.remove_measure", needs=Perm.REPORT_WRITE)
def remove_measure(actor: Actor, measure: PlanMeasure) -> RiskPlan:
    """Take a measure out of a version that is still written."""
    confirmations.person(actor)
    row = _open(measure.plan)
    PlanMeasure.objects.filter(id=measure.id).delete()
    return row
