"""ICAHT and T-ICAHT of a patient: each scale with its grade, its reasoning and what is missing."""

import re
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.templatetags.everwatch import listed
from followup.domain.laboratory import END_OPEN, CountingEnd, EndReason, lines
from followup.queries import laboratory, patients
from followup.web import clinical_assessment_words as assessment_words
from followup.web.laboratory import words
from followup.web.laboratory.grid import who
from followup.web.laboratory.reasoning import in_words, measure_name

ENDS = {
    EndReason.DEATH: pgettext_lazy("end of counting", "Death"),
    EndReason.PROGRESSION: pgettext_lazy("end of counting", "Relapse or progression"),
    EndReason.NEXT_INFUSION: pgettext_lazy("end of counting", "Next infusion"),
    EndReason.NEXT_THERAPY: pgettext_lazy(
        "end of counting", "New therapy (or pregnancy) told at a contact; its day is not known"
    ),
}
# What leaves a grade open: the domain names the item, then what is not known of it.
GAPS = (
    (re.compile(r"(\w+) on days not measured"), gettext_lazy("%(item)s on the days not measured")),
    (re.compile(r"(\w+): exact value"), gettext_lazy("exact value of %(item)s")),
    (
        re.compile(r"(\w+): whether ever above .+"),
        gettext_lazy("whether %(item)s were ever above the limit"),
    ),
    (
        re.compile(r"(\w+) at (?P<points>\d+) time points after day (?P<day>\d+)"),
        gettext_lazy("%(item)s at %(points)s time points after day %(day)s"),
    ),
)


def _gap(text: str, rules: Any) -> str:
    if text == END_OPEN:
        return _("the day on which counting ends")
    for pattern, said in GAPS:
        if found := pattern.fullmatch(text):
            return str(said) % ({"item": measure_name(rules, found[1])} | found.groupdict())
    return text


def _end(end: CountingEnd) -> tuple[str, Any, Any]:
    return str(ENDS[end.reason]), end.first, end.last


def scale_words(each: Any, rules: Any) -> dict[str, Any]:
    """One scale of one infusion in words."""
    grade = each.grade
    code = "" if grade.grade is None else str(grade.grade)
    return {
        "scale": grade.scale.value,
        "name": words.rule(each.rule.value),
        "result": assessment_words.result(
            code=code, at_least=grade.at_least, scale=grade.scale.value
        ),
        "at_most": each.at_most if not code and each.at_most > grade.at_least else None,
        "first_day": each.first_day,
        "last_day": each.last_day,
        "measured": each.measured,
        "reasoning": [in_words(line, rules) for line in lines(grade)],
        "missing": listed(_gap(text, rules) for text in grade.missing),
        "citation": grade.steps[0].citation if grade.steps else "",
        "present": grade.at_least > 0,
    }


@require_GET
@reads_from_standby
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Every grade of haematotoxicity the counts on record give, infusion by infusion."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    actor.require(Perm.VISIT_READ)
    rules = laboratory.rules(actor).laboratory
    context = who(actor, patient) | {
        "infusions": [
            {
                "row": each.infusion,
                "scales": [scale_words(scale, rules) for scale in each.scales],
                "ends": [_end(end) for end in each.ends],
            }
            for each in laboratory.haematotoxicity.of_patient(actor, patient)
        ]
    }
    return render(request, "followup/laboratory/haematotoxicity.html", context)


urlpatterns = [
    path("patients/<uuid:pk>/haematotoxicity/", page, name="haematotoxicity"),
]
