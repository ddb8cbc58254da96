"""The submission plan of a case: who gets it, by when, by which rule, and why others do not."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.naming import reads_chinese
from pv.domain.clocks import Answer, Verdict
from pv.domain.clocks.selection import Considered
from pv.queries import cases, hospital_duties, plans, rules
from pv.queries.authorisations import REGIMES
from pv.queries.plans import PlanFinding
from pv.web.cases import page_context

MARKETS: dict[str, Any] = dict(REGIMES)
FACTS: dict[str, Any] = {
    "reporter": pgettext_lazy("rule condition", "Who reports"),
    "setting": pgettext_lazy("rule condition", "Setting"),
    "source": pgettext_lazy("rule condition", "Source of the report"),
    "origin": pgettext_lazy("rule condition", "Country of occurrence"),
    "serious": pgettext_lazy("rule condition", "Serious"),
    "fatal": pgettext_lazy("rule condition", "Fatal"),
    "life_threatening": pgettext_lazy("rule condition", "Life-threatening"),
    "unexpected": pgettext_lazy("rule condition", "Unexpected"),
    "related": pgettext_lazy("rule condition", "Related to the product"),
    "follow_up": pgettext_lazy("rule condition", "Follow-up of a report that was sent"),
    "cluster": pgettext_lazy("rule condition", "Part of a cluster"),
    "overseas_action": pgettext_lazy("rule condition", "Suspended or withdrawn abroad"),
}
VALUES: dict[str, Any] = {
    "yes": pgettext_lazy("rule condition", "yes"),
    "no": pgettext_lazy("rule condition", "no"),
    "MAH": pgettext_lazy("rule condition", "the holder"),
    "HOSPITAL": pgettext_lazy("rule condition", "the hospital"),
    "SPONSOR": pgettext_lazy("rule condition", "the sponsor"),
    "POST_MARKET": pgettext_lazy("rule condition", "on the market"),
    "TRIAL": pgettext_lazy("rule condition", "clinical trial"),
    "SPONTANEOUS": pgettext_lazy("rule condition", "spontaneous"),
    "SOLICITED": pgettext_lazy("rule condition", "solicited"),
    "AUTHORITY": pgettext_lazy("rule condition", "from an authority"),
    "LITERATURE": pgettext_lazy("rule condition", "literature"),
    "STUDY": pgettext_lazy("rule condition", "post-marketing study"),
    "DOMESTIC": pgettext_lazy("rule condition", "domestic"),
    "OVERSEAS": pgettext_lazy("rule condition", "abroad"),
}
VERDICTS = {
    Verdict.REPORT: ("due", pgettext_lazy("submission plan", "To be reported")),
    Verdict.UNDECIDED: ("due", pgettext_lazy("submission plan", "Undecided")),
    Verdict.NOT_OWED: ("open", pgettext_lazy("submission plan", "Not to be reported")),
}
# Where each fact that is missing is answered.
ANSWERED_AT = {"unexpected": "case-expectedness", "related": "case-causality"}
FINDINGS = {
    PlanFinding.UNDECIDED: gettext_lazy("A fact is missing that decides: answer it."),
    PlanFinding.NO_RECEIVER: gettext_lazy(
        "No production receiver is entered for this authority: the report cannot go out."
    ),
    PlanFinding.NOT_RELEASED: gettext_lazy("No file was released for it yet."),
    PlanFinding.NOT_SENT: gettext_lazy("A file is released and nobody has sent it."),
    PlanFinding.ON_ITS_WAY: gettext_lazy(
        "A channel has the file: do not send it again before its receipt or answer has come."
    ),
    PlanFinding.REJECTED: gettext_lazy("The receiver did not load the file."),
    PlanFinding.LATE: gettext_lazy("The last day is past."),
    PlanFinding.NOT_NULLIFIED: gettext_lazy("It has the report and not its nullification."),
}


def _rule(considered: Considered) -> dict[str, Any]:
    """A rule with the conditions that decided, in words."""
    rule = considered.rule
    deciding = [check for check in considered.checks if check.answer is not Answer.YES]
    checks = deciding or considered.checks
    return {
        "id": rule.id,
        "event": rule.event["zh" if reads_chinese() else "en"],
        "citation": rule.citation,
        "confidence": rule.confidence,
        "checks": [
            {
                "fact": FACTS.get(check.fact, check.fact),
                "wanted": [VALUES.get(value, value) for value in check.wanted],
                "stated": VALUES.get(check.found, check.found) if check.found else None,
            }
            for check in checks
        ],
    }


def _line(line: plans.Line, today: Any, names: dict[str, str]) -> dict[str, Any]:
    row = line.row
    open_days = (line.due - today).days if line.due else None
    met = bool(row.reports) and not row.open
    return {
        "line": line,
        "row": row,
        "authority": line.partner.partner_name if line.partner else row.authority,
        "market": line.partner.number if line.partner else MARKETS.get(row.market, row.market),
        "verdict": VERDICTS[row.verdict],
        "met": met,
        "days": open_days,
        "receivers": [names[code] for code in line.receivers],
        "findings": [FINDINGS[finding] for finding in line.findings],
        "applies": [_rule(each) for each in row.applies],
        "undecided": [_rule(each) for each in row.undecided],
        "excluded": [_rule(each) for each in row.excluded],
        "missing": [(FACTS.get(name, name), ANSWERED_AT.get(name, "case")) for name in row.missing],
    }


def shown(actor: Any, case: Any) -> dict[str, Any]:
    """What the plan of a case says, for the pages that show it."""
    today = clock.today()
    names = rules.receiver_names()
    made = plans.of_case(actor, case, today=today)
    return {
        "plan": made,
        "hospital_duties": [
            {"duty": duty, "missing": [FACTS.get(name, name) for name in duty.clock.missing]}
            for duty in hospital_duties.of_case(case)
        ],
        "plan_lines": [_line(line, today, names) for line in made.lines],
        "unplanned": [(file, names.get(file.profile, file.profile)) for file in made.unplanned],
    }


@require_GET
def plan(request: HttpRequest, pk: str) -> HttpResponse:
    """The plan with every rule that was looked at."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        **shown(actor, case),
        "section": "plan",
    }
    return render(request, "pv/cases/plan.html", context)


urlpatterns = [path("cases/<uuid:pk>/plan/", plan, name="case-plan")]
