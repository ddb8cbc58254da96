"""Reference data as loaded, to read: reporting clocks, follow-up protocols, code lists."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.domain.protocols import Point, Protocol
from followup.queries import reference
from followup.web.schedule_tags import confidence, distance, window
from pv.domain.clocks import Limit, Rule, RuleSet, Unit
from pv.queries.authorisations import REGIMES
from pv.web import clock_changes
from pv.web.clock_tags import length


def limit_text(limit: Limit) -> str:
    """How long a duty has: "15 calendar days"; days after another duty say so."""
    text = length(limit.unit, limit.amount or 0)
    if limit.unit is Unit.IMMEDIATE and limit.latest_days:
        latest = ngettext(
            "at once, at the latest after %(n)d day",
            "at once, at the latest after %(n)d days",
            limit.latest_days,
        )
        text = latest % {"n": limit.latest_days}
    return text


def _rule_row(rule: Rule) -> dict[str, Any]:
    spoken = reader_language()
    return {
        "rule": rule,
        "event": rule.event[spoken],
        "day_zero": rule.day_zero[spoken],
        "confidence": confidence(rule.confidence),
        "sure": rule.confidence == "source",
        "in_force": rule.in_force(clock.today()),
        "limits": [
            {
                "label": limit.label[spoken],
                "text": limit_text(limit),
                "citation": limit.citation if limit.citation != rule.citation else "",
                "confidence": confidence(limit.confidence)
                if limit.confidence != rule.confidence
                else "",
            }
            for limit in rule.limits
        ],
    }


@require_GET
def clock_rules(request: HttpRequest) -> HttpResponse:
    """The legal clocks by region: what starts them, how long, where it is written, since when."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    document = reference.document(actor, "rule_sets")
    rules = RuleSet.from_dict(document)
    context = {
        "version": rules.version,
        "as_of": document["as_of"],
        "awareness": rules.awareness,
        "awareness_confidence": confidence(rules.awareness.confidence),
        "elements": [row[reader_language()] for row in document["elements"]],
        "regimes": [
            {
                "code": code,
                "name": name,
                "rows": [_rule_row(rule) for rule in rules.rules if rule.regime == code],
            }
            for code, name in REGIMES
        ],
        "periodic": [_periodic(row) for row in rules.periodic],
        "again": clock_changes.context(actor) if actor.may(Perm.CASE_WRITE) else None,
    }
    return render(request, "pv/reference/clock_rules.html", context)


def _periodic(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "name": row["name"][reader_language()],
        "confidence": confidence(row["confidence"]),
        "cycles": [
            ngettext("every %(n)d month", "every %(n)d months", cycle["every_months"])
            % {"n": cycle["every_months"]}
            for cycle in row["cycles"]
        ],
    }


def _labels(document: Any, name: str) -> dict[str, str]:
    return {row["code"]: str(row[reader_language()]) for row in document[name]}


def _point_row(
    point: Point, assessments: dict[str, str], conditions: dict[str, str]
) -> dict[str, Any]:
    return {
        "point": point,
        "distance": distance(point),
        "window": window(point),
        "assessments": [
            (assessments.get(a.code, a.code), conditions[a.condition.value])
            if a.condition.value != "always"
            else (assessments.get(a.code, a.code), "")
            for a in point.assessments
        ],
    }


@require_GET
def protocols(request: HttpRequest) -> HttpResponse:
    """Every protocol with its points, windows and what is assessed, and where it comes from."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    words = reference.document(actor, "protocols")
    assessments, conditions = _labels(words, "assessments"), _labels(words, "conditions")
    found = []
    for item in reference.items(actor, "protocol"):
        protocol = Protocol.from_dict(item.data)
        rows = [_point_row(point, assessments, conditions) for point in protocol.points]
        tail = protocol.tail
        found.append(
            {
                "protocol": protocol,
                "name": protocol.name[reader_language()],
                "confidence": confidence(protocol.confidence),
                "rows": rows,
                "tail": _point_row(tail.model, assessments, conditions) if tail else None,
                "tail_text": ngettext(
                    "every %(n)d month, for life", "every %(n)d months, for life", tail.step
                )
                % {"n": tail.step}
                if tail
                else "",
                "minima": [(m, confidence(m.confidence)) for m in protocol.minima],
            }
        )
    return render(request, "pv/reference/protocols.html", {"protocols": found})


@require_GET
def code_lists(request: HttpRequest) -> HttpResponse:
    """Every code list of the follow-up with its citation and how sure it is."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    text = request.GET.get("q", "").strip().casefold()
    spoken, found = reader_language(), []
    for item in reference.items(actor, "code_list"):
        data = item.data
        everything = [item.code, data["title_en"], data["title_zh"]]
        everything += [
            word for row in data["items"] for word in (row["code"], row["en"], row["zh"])
        ]
        if text in "\n".join(everything).casefold():
            found.append(
                {
                    "item": item,
                    "title": data[f"title_{spoken}"],
                    "confidence": confidence(item.confidence),
                    "codes": [(row["code"], row[spoken]) for row in data["items"]],
                }
            )
    context = {"lists": found, "text": request.GET.get("q", "")}
    return render(request, "pv/reference/code_lists.html", context)


urlpatterns = [
    path("reference/clocks/", clock_rules, name="clock-rules"),
    path("reference/protocols/", protocols, name="protocols"),
    path("reference/code-lists/", code_lists, name="code-lists"),
]
