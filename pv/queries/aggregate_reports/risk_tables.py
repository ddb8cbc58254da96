"""Tables of the risk management plan in force: its risks, its measures and whether they work."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pv.domain.periodic.blocks import Block, FactList, Grid, Paragraph
from pv.domain.periodic.sections import TableCode
from pv.queries import risk_plans
from pv.queries.aggregate_reports.basis import Basis

NOTHING = "—"


def _none() -> list[Block]:
    return [Paragraph(_("No risk management plan of this product is confirmed in the register."))]


def risks(basis: Basis) -> list[Block]:
    """The version in force and every risk or missing information in it."""
    plan = risk_plans.in_force_of(basis.product.id)
    if plan is None:
        return _none()
    facts = [
        (_("Version of the risk management plan"), plan.number),
        (pgettext("risk plan", "Valid from"), str(plan.valid_from)),
        (pgettext("risk plan", "Why there is a new version"), plan.rationale or NOTHING),
    ]
    rows = [
        [
            line.category,
            line.risk.name,
            line.risk.note or NOTHING,
            line.risk.signal.number if line.risk.signal else NOTHING,
        ]
        for line in risk_plans.lines(basis.actor, plan)
    ]
    headings = [
        pgettext("risk plan", "Category"),
        pgettext("risk plan", "Risk"),
        pgettext("risk plan", "Note"),
        pgettext("risk plan", "Signal"),
    ]
    title = _("Safety concerns of the plan")
    return [FactList(facts), Grid(title, headings, rows, shares=(20, 30, 38, 12))]


def measures(basis: Basis) -> list[Block]:
    """What is done about each risk, whether it was done, and the last check of its effect."""
    plan = risk_plans.in_force_of(basis.product.id)
    if plan is None:
        return _none()
    kinds, outcomes = dict(risk_plans.kinds()), dict(risk_plans.outcomes())
    rows = []
    for line in risk_plans.lines(basis.actor, plan):
        for each in line.measures:
            measure, done = each.measure, each.done
            check = each.checks[0] if each.checks else None
            effect = NOTHING
            if check:
                said = (check.indicator, check.target, check.result, outcomes[check.outcome])
                effect = f"{check.checked_on}: {' · '.join(map(str, said))}"
            rows.append(
                [
                    line.risk.name,
                    str(kinds[measure.kind]),
                    measure.description,
                    str(measure.due or NOTHING),
                    f"{done.done_on} {done.evidence}" if done else NOTHING,
                    effect,
                ]
            )
    if not rows:
        return [Paragraph(_("The plan names no measure."))]
    headings = [
        pgettext("risk plan", "Risk"),
        pgettext("risk plan", "Kind"),
        pgettext("risk plan", "Measure"),
        pgettext("status", "Due"),
        pgettext("duty", "Done on"),
        pgettext("risk plan", "Last effectiveness check"),
    ]
    title = _("Measures of the plan and their effectiveness")
    return [Grid(title, headings, rows, shares=(18, 14, 24, 9, 13, 22))]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.RISKS: risks,
    TableCode.RISK_MEASURES: measures,
}
