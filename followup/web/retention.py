"""What is kept, why and for how long, whose time is over, and the record of processing."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.http.files import csv_response
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.security import access
from followup.core.templatetags.everwatch import semicolon
from followup.domain.retention import OnErasure, PrivacyRules, RetentionRule, Start
from followup.queries import retention as queries

STARTS = {
    Start.NONE: pgettext_lazy("retention", "no period is counted"),
    Start.WITHDRAWN: pgettext_lazy("retention", "the consent was withdrawn"),
    Start.FOLLOW_UP_ENDED: pgettext_lazy("retention", "follow-up ended"),
    Start.CERTIFICATE_CANCELLED: pgettext_lazy("retention", "the certificate is cancelled"),
}
ERASED = {
    OnErasure.ERASED: pgettext_lazy("retention", "goes"),
    OnErasure.KEPT: pgettext_lazy("retention", "stays"),
}
CLASSES = {
    "identity": pgettext_lazy("personal data", "Who a person is (encrypted)"),
    "pseudonym": pgettext_lazy("personal data", "Study codes and what leads to a person"),
    "health": pgettext_lazy("personal data", "Health data under a study code (sensitive)"),
    "free text": pgettext_lazy("personal data", "Free text"),
    "staff": pgettext_lazy("personal data", "People who work with the system"),
}


def _actor(request: HttpRequest) -> Actor:
    actor = cast(ActingRequest, request).actor
    if not (actor.may(Perm.PRIVACY_READ) or actor.may(Perm.OPERATION_READ)):
        actor.require(Perm.PRIVACY_WRITE)
    return actor


def _language() -> str:
    return "zh" if naming.reads_chinese() else "en"


def _rule(rule: RetentionRule) -> dict[str, Any]:
    return {
        "rule": rule,
        "label": rule.labels[_language()],
        "start": STARTS[rule.start],
        "erasure": ERASED[rule.on_erasure],
        "tables": [naming.table(table) for table in rule.tables],
        "source": naming.citation(rule.citation),
    }


@require_GET
def schedule(request: HttpRequest) -> HttpResponse:
    """Every rule with its source, and the identities whose time is over."""
    actor = _actor(request)
    rules = queries.rules()
    labels = {rule.code: rule.labels[_language()] for rule in rules.retention}
    due = []
    if actor.may(Perm.PRIVACY_READ) or actor.may(Perm.PRIVACY_WRITE):
        due = queries.due(actor, clock.today())
    context = {
        "rules": [_rule(rule) for rule in rules.retention],
        "version": rules.version,
        "answer_days": rules.answer_days,
        "due": [(row, labels[row.rule]) for row in due],
        "may_erase": actor.may(Perm.PRIVACY_WRITE),
        "may_list": actor.may(Perm.PRIVACY_READ) or actor.may(Perm.PRIVACY_WRITE),
    }
    return render(request, "followup/erasures/retention.html", context)


def _sections(rules: PrivacyRules) -> list[tuple[str, list[str], list[list[str]]]]:
    """The record of processing as tables: title, heads, rows."""
    tail = _language()
    held = queries.columns_by_class()
    purposes = [
        [
            one.words[tail],
            one.words[f"basis_{tail}"],
            semicolon().join(str(CLASSES[name]) for name in one.classes),
            one.words[f"recipients_{tail}"],
            naming.citation(one.citation),
        ]
        for one in rules.purposes
    ]
    categories = [[str(CLASSES[n]), str(t), str(c)] for n, (t, c) in held.items()]
    transfers = [[one.words[tail], naming.citation(one.citation)] for one in rules.transfers]
    kept = [
        [
            rule.labels[tail],
            "" if rule.years is None else str(rule.years),
            str(STARTS[rule.start]),
            str(ERASED[rule.on_erasure]),
            naming.citation(rule.citation),
        ]
        for rule in rules.retention
    ]
    source = _("Source")
    return [
        (
            _("Purposes and recipients"),
            [_("Purpose"), _("Legal basis"), _("Categories"), _("Recipients"), source],
            purposes,
        ),
        (_("Categories of personal data"), [_("Category"), _("Tables"), _("Columns")], categories),
        (
            _("Retention"),
            [_("What"), _("Years"), _("Counted from when"), _("On erasure"), source],
            kept,
        ),
        (_("Data that leave the country"), [_("Rule"), source], transfers),
    ]


@require_GET
def record(request: HttpRequest) -> HttpResponse:
    """The record of processing: purposes, categories, recipients, retention, transfers."""
    actor = _actor(request)
    rules = queries.rules()
    sections = _sections(rules)
    if request.GET.get("format") == "csv":
        access.record(actor, "privacy.record", rules.version)
        lines = [line for title, heads, rows in sections for line in ([title], heads, *rows, [])]
        return csv_response(lines, "record-of-processing.csv")
    shown = [
        (title, heads, [list(zip(heads, row, strict=True)) for row in rows])
        for title, heads, rows in sections
    ]
    context = {"sections": shown, "version": rules.version}
    return render(request, "followup/erasures/processing.html", context)


urlpatterns = [
    path("personal-data/retention/", schedule, name="retention"),
    path("personal-data/processing/", record, name="processing-record"),
]
