"""How a product was made and given, and what went before it: recorded beside the infusion."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import confirmations, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.limits import excess
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain import infusion_details as rules
from followup.domain.infusion_details import Doubt, Doubted, InfusionDetails, Problem
from followup.models import Infusion
from followup.queries import infusion_details as queries

LONGEST = {"manufacturing_site": 200, "out_of_specification_note": 2000, "bridging_note": 2000}
_PROBLEMS: Mapping[Problem, Promise] = {
    Problem.NOT_ASKED: gettext_lazy("This is not asked of this kind of product: leave it empty."),
    Problem.NOT_OFFERED: gettext_lazy("This is not among the answers of this item."),
    Problem.NOT_POSITIVE: gettext_lazy(
        "The number must be more than zero; leave it empty if unknown."
    ),
    Problem.NO_PERCENTAGE: gettext_lazy("A percentage lies between 0 and 100."),
    Problem.AFTER_INFUSION: gettext_lazy("The apheresis cannot be after the infusion."),
    Problem.BEFORE_BIRTH: gettext_lazy("The patient was not born yet. Check the date."),
    Problem.IN_THE_FUTURE: gettext_lazy("The time of thawing on the infusion day is yet to come."),
    Problem.WORDS_MISSING: gettext_lazy("Say what was out of specification."),
    Problem.WORDS_WITHOUT_YES: gettext_lazy(
        "These words belong to the answer yes: choose it, or take the words out."
    ),
}
# What a corrected infusion date is refused for, by the detail it contradicts.
_CONTRADICTED = {
    Problem.AFTER_INFUSION: gettext_lazy(
        "The apheresis is recorded as %(what)s, after this day. Correct one of them."
    ),
    Problem.IN_THE_FUTURE: gettext_lazy(
        "The thawing is recorded at %(what)s, which on this day is yet to come. Correct one of"
        " them."
    ),
}
_DOUBTS: Mapping[Doubt, Promise] = {
    Doubt.UNUSUAL: gettext_lazy(
        "%(name)s %(about)s is unusual: %(low)s to %(high)s %(unit)s are common."
    ),
    Doubt.INTERVAL: gettext_lazy(
        "From the apheresis (%(about)s) to the infusion %(low)s to %(high)s days are common."
    ),
    Doubt.WEIGHT: gettext_lazy(
        "By dose and dose per kg the patient weighed %(about)s kg. Check both."
    ),
    Doubt.AGENT: gettext_lazy(
        "%(name)s %(about)s: the lymphodepletion recorded for this infusion does not name this"
        " agent."
    ),
}


def _column(name: str) -> str:
    return queries.PARTIAL.get(name, name)


def stored(said: InfusionDetails) -> dict[str, Any]:
    """What is stored, by column."""
    values = {each.name: getattr(said, each.name) for each in fields(said)}
    day = values.pop("apheresis_on")
    return values | {_column("apheresis_on"): day.isoformat() if day else ""}


def _problems(
    said: InfusionDetails, before: InfusionDetails, row: Infusion
) -> dict[str, str | Promise]:
    kept = before.recorded() - said.differing(before)
    found = rules.problems(said, queries.setting(row), kept=kept)
    texts: dict[str, str | Promise] = {name: _PROBLEMS[why] for name, why in found.items()}
    for name, most in LONGEST.items():
        if problem := excess(getattr(said, name), most):
            texts[name] = problem
    return texts


def contradicted(row: Infusion, day: date) -> str:
    """Why the infusion cannot have been on a day, by what is recorded of it; empty where it can."""
    before = queries.recorded(row)
    found = rules.dated(before, replace(queries.setting(row), infused_on=day))
    for name, why in found.items():
        if why in _CONTRADICTED:
            return str(_CONTRADICTED[why]) % {"what": _plain(getattr(before, name))}
    return ""


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{round(value, 3).normalize():f}"
    return f"{value:%H:%M}" if hasattr(value, "hour") else str(value)


def _question(doubted: Doubted) -> Question:
    said = {
        "name": queries.title(doubted.field),
        "about": _plain(doubted.about),
        "unit": rules.UNITS.get(doubted.field, ""),
        "low": doubted.low,
        "high": doubted.high,
    }
    text = " ".join((str(_DOUBTS[doubted.doubt]) % said).split())
    code = f"{doubted.field}_{doubted.doubt.value}"
    return Question(code, text, doubted.field, about=said["about"])


@action("infusion.describe", needs=Perm.PATIENT_WRITE)
def describe(
    actor: Actor,
    infusion: Infusion,
    *,
    given: InfusionDetails,
    version: int,
    reason: str = "",
    confirmed: Collection[str] = (),
) -> Infusion:
    """Record the details of an infusion as they should read; what is left empty is not known.

    A reason is due where a value on record changes or goes; an answer to what was open needs none.
    What is unlikely has to be `confirmed`, once, when it is given. Conflict when somebody else was
    faster. No case of the infusion tells any of it, so safety is not told.
    """
    rows = Infusion.objects.select_related("product", "patient")
    row = rows.select_for_update(of=("self",)).get(id=infusion.id)
    before = queries.recorded(row)
    said = replace(given, **{name: getattr(given, name).strip() for name in rules.TEXTS})
    different = said.differing(before)
    columns = stored(said)
    versions.must_be(row, version, mine={_column(n): columns[_column(n)] for n in different})
    problems: dict[str, Any] = dict(_problems(said, before, row))
    if before.recorded() & different and not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if problems:
        raise Refused(problems)
    if not different:
        raise Refused(_("Nothing is different from what is recorded."))
    doubts = rules.doubts(said, queries.setting(row), queries.ranges())
    confirmations.settle([_question(d) for d in doubts if d.field in different], confirmed)
    for name, value in columns.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    return row
