"""Default rules of seriousness on the pages of a case: which added what, and what they lack."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, pgettext

from followup.core.actor import Actor
from pv.domain.e2b.elements import ELEMENTS
from pv.queries import default_seriousness, seriousness_rules
from pv.web.code_labels import event_words


@dataclass(frozen=True, slots=True)
class Line:
    """One rule that holds, in words; `reaction` (from 1) where the case has several."""

    reaction: int | None
    kind: str
    least_grade: int | None
    criterion: str
    element: str
    stated: bool
    citation: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What the default rules say of a case, in the reader's language."""

    lines: list[Line]
    missing: list[str]
    judged_on: date | None
    by: str
    reason: str
    open_rule: bool


def shown(actor: Actor, case: Any) -> Shown | None:
    """What the pages of a case say of the default rules; None where nothing was stated."""
    view = default_seriousness.of_case(actor, case)
    return None if view is None else _in_words(view)


def awaited(row: Any) -> Shown | None:
    """What accepting a received report would add by the default rules; None where nothing."""
    view = default_seriousness.of_report(row)
    return None if view is None else _in_words(view)


def _in_words(view: default_seriousness.DefaultView) -> Shown:
    rules = seriousness_rules.event_rules()
    by_code = {rule.code: rule for rule in rules.defaults}
    kinds = event_words()
    lines = []
    for line in view.lines:
        rule = by_code[line.rule.rule]
        element = rules.e2b_elements[line.rule.criterion]
        fatal = pgettext("default rule", "Fatal outcome")
        kind = fatal if rule.kind is None else kinds.get(rule.kind, rule.kind)
        lines.append(
            Line(
                line.reaction if view.reactions > 1 else None,
                kind,
                rule.least_grade,
                ELEMENTS[element].name(get_language() or "en"),
                element,
                line.stated,
                line.rule.citation,
            )
        )
    judged = view.assessment
    missing = [_missing()[name] for name in view.missing]
    day = judged.received_on if judged else None
    return Shown(lines, missing, day, view.by, view.reason, view.open_rule)


def _missing() -> dict[str, str]:
    return {
        "kind": pgettext("default rule", "kind of event"),
        "grade": pgettext("default rule", "grade on a scale of its own"),
        "outcome": pgettext("default rule", "outcome"),
        "seriousness": pgettext("default rule", "the reporter's answer to “serious?”"),
    }
