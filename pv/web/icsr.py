"""Submission of a case: what a receiver would say, the released file, its download."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from followup.core import clock, flash
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.requests import ActingRequest
from pv.actions import icsr
from pv.domain.cases import forms as case_forms
from pv.domain.e2b.checks import Finding, Profile, Severity
from pv.queries import cases, rules
from pv.web.cases import around

OFFERED = (Profile.NMPA, Profile.ICH, Profile.FDA)


def _shown(findings: list[Finding]) -> list[dict[str, Any]]:
    """Findings with the section their element is edited in, errors first."""
    rows = [
        {
            "finding": f,
            "error": f.severity is Severity.ERROR,
            "section": case_forms.section_of(f.element),
        }
        for f in findings
    ]
    return sorted(rows, key=lambda row: not row["error"])


def _profile(text: str) -> Profile:
    try:
        return Profile(text)
    except ValueError:
        return Profile.NMPA


@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, pk: str) -> HttpResponse:
    """Validate for a receiver and, when nothing stands against it, release the file."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.ICSR_EXPORT, site=case.site_id, product=case.product_id)
    profile = _profile(request.POST.get("profile") or request.GET.get("profile", "nmpa"))
    problem, status = "", 200
    version = cases.version(actor, case)
    found = icsr.check(case, version, profile)
    if request.method == "POST":
        try:
            icsr.export(actor, case, profile=profile)
        except icsr.Findings as findings:
            found, problem, status = findings.findings, str(findings), 422
        except Refused as refused:
            problem, status = str(refused), 422
        else:
            flash.saved(request, _("Validated and generated. The file can be downloaded."))
            return redirect("case-submit", pk=case.id)
    receivers = rules.data("receivers")["receivers"]
    rows = _shown(found)
    context = {
        **around(request, case, version),
        "profile": profile.value,
        "profiles": [(p.value, receivers[p.value]) for p in OFFERED],
        "findings": rows,
        "errors": sum(row["error"] for row in rows),
        "warnings": sum(not row["error"] for row in rows),
        "problem": problem,
        "section": "submit",
        "today": clock.today(),
    }
    return render(request, "pv/cases/submit.html", context, status=status)


@require_GET
def download(request: HttpRequest, pk: str) -> HttpResponse:
    """The released file, byte for byte."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    row = cases.submission(actor, pk)
    response = HttpResponse(bytes(row.content), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{row.file_name}"'
    response["X-SHA256"] = row.sha256
    return response


@require_POST
def sent(request: HttpRequest, pk: str) -> HttpResponse:
    """Note that a file went out today."""
    actor = cast(ActingRequest, request).actor
    row = cases.submission(actor, pk)
    icsr.mark_sent(actor, row, on=clock.today())
    flash.saved(request, _("Noted as sent today; the open report clocks are met."))
    return redirect("case-submit", pk=row.case_id)


urlpatterns = [
    path("cases/<uuid:pk>/submit/", submit, name="case-submit"),
    path("submissions/<uuid:pk>/", download, name="submission"),
    path("submissions/<uuid:pk>/sent/", sent, name="submission-sent"),
]
