"""Annexes of the risks of a product: its class, and the risk management plan in force."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import citation
from pv.queries import classifications as classes
from pv.queries import risk_plans
from pv.queries.inspection_packs.annexes import (
    PackChoice,
    Tables,
    day,
    entered,
    of_product,
    second_person,
)


def classification(actor: Actor, choice: PackChoice) -> Tables:
    """Its class by the rules, with the row reached and its source."""
    head = (_("Class"), _("Why"), _("Source"), _("Version of the rules"), *entered())
    rows = [
        (
            line.held.code,
            classes.reason(line.held),
            citation(line.held.citation),
            line.held.scheme_version,
            *second_person(line.held),
        )
        for line in classes.lines(actor)
        if line.held and line.product.id == choice.product.id
    ]
    yield _("Classification of the product"), head, rows


def risk_plan(actor: Actor, choice: PackChoice) -> Tables:
    """Each risk with its measures, what was done and whether it worked."""
    head = (
        _("Version"),
        _("Category"),
        _("Risk"),
        _("Measure"),
        _("Owner"),
        _("Due"),
        _("Done on"),
        _("Last effectiveness check"),
    )
    colon = pgettext("punctuation", ": ")
    rows: list[tuple[str, ...]] = []
    for plan in of_product(choice, risk_plans.held(actor)):
        for line in risk_plans.lines(actor, plan):
            risk = (plan.number, line.category, line.risk.name)
            rows += [
                (
                    *risk,
                    f"{each.measure.get_kind_display()}{colon}{each.measure.description}",
                    each.measure.owner_name or "—",
                    day(each.measure.due),
                    day(each.done.done_on if each.done else None),
                    str(each.checks[0].get_outcome_display()) if each.checks else "—",
                )
                for each in line.measures
            ] or [(*risk, "—", "—", "—", "—", "—")]
    yield _("Risk management plan"), head, rows
