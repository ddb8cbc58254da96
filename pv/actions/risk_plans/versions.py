"""A version of a plan: begun from the one in force, confirmed or refused by a second person."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations
from pv.domain.risk_plans import PlanGap, gaps
from pv.models import AggregateReport, PlanMeasure, PlanRisk, RiskPlan
from pv.queries import risk_plans

GAPS = {
    PlanGap.NO_RISK: gettext_lazy("The plan has no risk yet."),
    PlanGap.NO_ACTIVITY: gettext_lazy("%(risk)s: no pharmacovigilance activity watches it."),
    PlanGap.NO_MINIMISATION: gettext_lazy("%(risk)s: no risk minimisation measure."),
    PlanGap.NO_OWNER: gettext_lazy("%(risk)s: a measure has a due day and no owner."),
}


@dataclass(frozen=True, slots=True)
class PlanInput:
    """What a new version says of itself; `report` is the update report it is told in."""

    number: str
    valid_from: date
    rationale: str
    report: AggregateReport | None = None


@action("risk_plan.enter", needs=Perm.REPORT_WRITE)
def enter(actor: Actor, product: Product, *, plan: PlanInput) -> RiskPlan:
    """Begin a version with the risks and measures of the one in force; it holds once confirmed.

    Refused while another version of the product waits: two drafts would not know of each other.
    """
    person = confirmations.person(actor)
    problems = {}
    if not plan.number.strip():
        problems["number"] = _("Enter the number of the version.")
    elif risk_plans.with_number(product.id, plan.number.strip()):
        problems["number"] = _("The product has a version of this number already.")
    if not plan.rationale.strip():
        problems["rationale"] = _("Say why there is a new version.")
    if plan.valid_from > clock.today():
        problems["valid_from"] = _("The day lies in the future.")
    if plan.report is not None and plan.report.product_id != product.id:
        problems["report"] = _("The report is of another product.")
    if problems:
        raise Refused(problems)
    if waiting := risk_plans.draft_of(product.id):
        text = _("Version %(number)s waits already: finish it, or have it refused.")
        raise Refused(text % {"number": waiting.number})
    base = risk_plans.in_force_of(product.id)
    row = RiskPlan.objects.create(
        product=product,
        number=plan.number.strip(),
        valid_from=plan.valid_from,
        rationale=plan.rationale.strip(),
        report=plan.report,
        base=base,
        entered_by_id=person,
        entered_at=clock.now(),
    )
    if base is not None:
        _copy(base, row, person)
    return row


def _copy(base: RiskPlan, row: RiskPlan, person: UUID) -> None:
    """The risks and measures of a version into the next; a measure keeps its lineage."""
    for risk in base.risks.prefetch_related("measures"):
        copied = PlanRisk.objects.create(
            plan=row,
            product_id=row.product_id,
            category=risk.category,
            name=risk.name,
            note=risk.note,
            signal_id=risk.signal_id,
            written_by_id=person,
            written_at=clock.now(),
        )
        for measure in risk.measures.all():
            PlanMeasure.objects.create(
                plan=row,
                risk=copied,
                product_id=row.product_id,
                lineage=measure.lineage,
                kind=measure.kind,
                description=measure.description,
                owner_name=measure.owner_name,
                due=measure.due,
                duty=measure.duty,
                written_by_id=person,
                written_at=clock.now(),
            )


def _to_decide(actor: Actor, plan: RiskPlan) -> RiskPlan:
    """The locked version; Refused once it was decided on, and to whoever wrote a part of it."""
    row = RiskPlan.objects.select_for_update(of=("self",)).get(id=plan.id)
    confirmations.require_undecided(actor, row)
    if actor.id in risk_plans.writers(row):
        raise Refused(_("You wrote part of this version; another person decides."))
    return row


@action("risk_plan.confirm", needs=Perm.REPORT_WRITE)
def confirm(actor: Actor, plan: RiskPlan, *, version: int) -> RiskPlan:
    """Confirm a version as it was read; it replaces the one in force.

    By a person who wrote none of it. Refused while a risk is neither watched nor acted on.
    """
    row = _to_decide(actor, plan)
    versions.must_be(row, version)
    against = gaps(risk_plans.facts(row))
    if against:
        raise Refused(" ".join(str(GAPS[gap.code]) % {"risk": gap.risk} for gap in against))
    confirmations.confirm(actor, row)
    return row


@action("risk_plan.refuse", needs=Perm.REPORT_WRITE)
def refuse(actor: Actor, plan: RiskPlan, *, reason: str) -> RiskPlan:
    """Refuse a version, with the reason; another is begun from the one in force.

    By a person who wrote none of it, as it is confirmed.
    """
    row = _to_decide(actor, plan)
    confirmations.refuse(actor, row, reason)
    return row
