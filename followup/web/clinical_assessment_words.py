"""Assessments in words: items, answers, rules, results, the response at month 3 and today."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from followup.core.forms import NO_YES
from followup.core.templatetags.everwatch import bracketed, listed
from followup.domain.clinical_assessments import (
    CAPD,
    COMPLETE,
    ICE,
    ITEMS,
    OPEN,
    Assessed,
    Instrument,
    Item,
    ItemKind,
    ScoreTest,
)
from followup.web.clinical_assessment_items import ITEMS as LABELS
from followup.web.clinical_assessment_items import OPTIONS, TARGETS
from followup.web.clinical_assessment_rules import GAPS, NAMES, RULES
from followup.web.code_choices import choices, label

HINTS = {
    Instrument.CRS: gettext_lazy("An item left out is not read as absent: the grade stays open."),
    Instrument.ICANS: gettext_lazy(
        "The age on the day decides the test: ICE from 12 years on, CAPD below. "
        "Leave the test blank if the patient cannot be roused."
    ),
    Instrument.IEC_HS: gettext_lazy("Supports the physician's diagnosis and never makes it."),
    Instrument.LUGANO_CT: gettext_lazy("At most six targets; leave out those there are not."),
    Instrument.RECIST: gettext_lazy("At most five targets; leave out those there are not."),
}
TESTS = {
    ScoreTest.ICE: (
        gettext_lazy("ICE test, from 12 years of age on"),
        gettext_lazy("Ten items, one point each."),
    ),
    ScoreTest.CAPD: (
        gettext_lazy("CAPD, under 12 years of age"),
        gettext_lazy(
            "Cornell Assessment of Pediatric Delirium: eight observations over the shift, "
            "0 to 4 points each."
        ),
    ),
}


def name(instrument: Instrument) -> str:
    """What a scale or criteria are called."""
    return str(NAMES[instrument.value])


def named(instruments: tuple[Instrument, ...]) -> list[tuple[str, str]]:
    """Codes and names."""
    return [(each.value, name(each)) for each in instruments]


def item(each: Item) -> str:
    """The label of an item with its unit."""
    return _item(each.code) + (bracketed(each.unit) if each.unit else "")


def _item(code: str) -> str:
    if code.startswith("target_"):
        return str(TARGETS[code.split("_", 2)[2]])
    return str(LABELS[code])


def options(each: Item) -> list[tuple[str, str]]:
    """The answers an item offers; a number or a code of response stands for itself."""
    if each.code == "ecog":
        return choices("ecog", each.options)()
    kind = "kind" if each.code.endswith("_kind") else each.code
    kind = "capd" if kind in CAPD else kind
    return [(code, str(OPTIONS.get((kind, code), code))) for code in each.options]


def answers(row: Any) -> list[tuple[str, str]]:
    """What was answered, in the order of the form; a target is named by its number."""
    shown = []
    for each in ITEMS[Instrument(row.instrument)]:
        value = row.answers.get(each.code)
        if value is None:
            continue
        text = item(each)
        if each.code.startswith("target_"):
            number = each.code.split("_")[1]
            text = _("Target %(number)s: %(text)s") % {"number": number, "text": text}
        shown.append((text, _answer(each, value)))
    return shown


def _answer(each: Item, value: str) -> str:
    if each.kind is ItemKind.YES_NO:
        if each.code in ICE:
            correct = pgettext("test of orientation", "Correct")
            return correct if value == "YES" else pgettext("test of orientation", "Not correct")
        return str(dict(NO_YES)[value])
    offered = dict(options(each))
    if each.kind is ItemKind.SEVERAL:
        return listed(offered.get(code, code) for code in value.split(","))
    return offered.get(value, value)


def rules(found: Any) -> list[tuple[str, str, bool]]:
    """Each rule with its answer, and whether it is open."""
    return [
        (str(RULES.get(rule, rule)), _rule_answer(rule, answer), answer == OPEN or "/" in answer)
        for rule, answer in found
    ]


def _rule_answer(rule: str, answer: str) -> str:
    if answer == OPEN:
        return pgettext("assessment rule", "open")
    if answer in dict(NO_YES):
        return str(dict(NO_YES)[answer])
    if answer.replace("/", "").isdigit() and not rule.endswith("_POINTS"):
        return _("grade %(grade)s") % {"grade": answer}
    return answer


def missing(codes: Any) -> str:
    """What leaves a result open, in words."""
    return listed(
        str(GAPS[code]) if code in GAPS else _item(code) if code in LABELS else code
        for code in codes
    )


def result(*, code: str, at_least: int | None, scale: str) -> str:
    """Grade with its scale, or code of response; what is certain already where it is open."""
    if not scale:
        return code or _("not determined")
    on = label("toxicity_grade_scale", scale)
    if code:
        return _("grade %(grade)s, %(scale)s") % {"grade": code, "scale": on}
    if not at_least:
        return _("grade not determined, %(scale)s") % {"scale": on}
    return _("grade not determined, at least %(grade)s, %(scale)s") % {
        "grade": at_least,
        "scale": on,
    }


def row(each: Any) -> dict[str, Any]:
    """An assessment as lists and its own page show it."""
    derived = result(code=each.result, at_least=each.at_least, scale=each.scale)
    text = derived
    if each.instrument == Instrument.ECOG and each.result:
        text = label("ecog", each.result)
    if each.stated:
        text = _("%(code)s as the physician states it") % {"code": each.stated}
    return {
        "row": each,
        "name": name(Instrument(each.instrument)),
        "result": text,
        "derived": derived if each.stated else "",
        "missing": missing(each.missing),
        "grade": int(each.result) if each.scale and each.result else 0,
    }


def assessed(instrument: Instrument, found: Assessed) -> dict[str, Any]:
    """What answers come to, before anything is kept."""
    return {
        "name": name(instrument),
        "result": result(code=found.result, at_least=found.at_least, scale=found.scale),
        "missing": missing(found.missing),
        "rules": rules([(each.rule, each.answer) for each in found.rules]),
        "citation": found.citation,
    }


def course(found: Any) -> dict[str, Any]:
    """The response at the landmark and today, each with its day or with why there is none."""
    mark, now = found.landmark, found.carried
    if mark.code is not None:
        text = _("%(code)s on day %(day)s") % {"code": mark.code, "day": mark.day}
    elif mark.day is not None:
        text = _("Open: different responses are recorded for the day.")
    elif "day of an assessment" in mark.missing:
        text = _("Open: an assessment of which the day is not known may be the first one.")
    else:
        text = _("No assessment on day %(day)s or later yet.") % {"day": found.first_day}
    return {
        "month_3": text,
        "today": now.code,
        "complete": now.code in COMPLETE,
        "since": now.since.isoformat() if now.since else "",
        "assessed": now.assessed.isoformat() if now.assessed else "",
        "open": now.open,
        "first_day": found.first_day,
    }
