"""Submission of a case: what a receiver would say, the released file, its download."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms.refusals import Refusals
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import reads_chinese
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import cases as actions
from pv.actions import icsr
from pv.domain.cases import sections as case_forms
from pv.domain.e2b import storage
from pv.domain.e2b.checks import Finding, Profile, Severity
from pv.domain.e2b.checks.profiles import CHINA
from pv.domain.e2b.message import Node
from pv.queries import agreements, cases, reviewed_versions, rules
from pv.web import plans
from pv.web.cases import case_button, page_context, seen_version


def _shown(findings: list[Finding], root: Node) -> list[dict[str, Any]]:
    """Findings with the field their element is typed in, errors first.

    The headers (N.*) have no field: they are made of the receiver's and the sender's identifiers.
    """
    rows = []
    for finding in findings:
        place = case_forms.place_of(root, finding.element, finding.path)
        rows.append(
            {
                "finding": finding,
                "error": finding.severity is Severity.ERROR,
                "section": case_forms.section_of(finding.element),
                "place": place,
                "narrative": finding.element == "H.1",
            }
        )
    return sorted(rows, key=lambda row: not row["error"])


def _profile(text: str, case: Any) -> Profile:
    """The receiver asked for, or the first one of the case."""
    names, known = [text, *case.receivers, Profile.NMPA.value], rules.data("receivers")["receivers"]
    return next(Profile(name) for name in names if name in known and name in set(Profile))


def _partners(case: Any, profile: Profile) -> list[tuple[str, str]]:
    """The partners to choose from by code and name, where several have the receiver."""
    rows = agreements.sharing(case.product_id, profile.value)
    return [(row.partner, row.partner_name) for row in rows] if len(rows) > 1 else []


@require_http_methods(["GET", "POST"])
def submit(request: HttpRequest, pk: str) -> HttpResponse:
    """Show what a receiver would say; a POST releases the file when nothing stands against it."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.ICSR_EXPORT, site=case.site_id, product=case.product_id)
    profile = _profile(request.POST.get("profile") or request.GET.get("profile", ""), case)
    refused: list[Refused] = []
    version = cases.version(actor, case)
    if request.method == "POST":
        stale = Refused(_("Somebody else changed this case meanwhile. Look again."))
        with Refusals(refused.append, lambda _conflict: refused.append(stale)):
            asked = clock.now()
            row = icsr.export(
                actor,
                case,
                profile=profile,
                lock_version=seen_version(request),
                partner=request.POST.get("partner", ""),
            )
            if row.generated_at < asked:
                flash.note(request, _("The file of this version was released before: it stays."))
            else:
                flash.saved(request, _("The file is released. It can be downloaded."))
            return redirect("case-submit", pk=case.id)
    findings = next((why.findings for why in refused if isinstance(why, icsr.Findings)), None)
    if findings is None:
        with Refusals(refused.append):
            findings = icsr.check(case, version, profile)
    rows = _shown(findings or [], storage.from_data(version.message))
    known = rules.data("receivers")["receivers"]
    unreviewed = reviewed_versions.refused_for(version) is not None
    context = {
        **page_context(request, case, version),
        **plans.shown(actor, case),
        "profile": profile.value,
        "receiver_name": rules.receiver_names()[profile.value],
        "receiver_note": known[profile.value].get("note_zh" if reads_chinese() else "note_en", ""),
        "profiles": [
            (code, row, code in (case.receivers or [Profile.NMPA.value]))
            for code, row in known.items()
        ],
        "partners": _partners(case, profile),
        "narrative": icsr.narrative_sent(version, profile),
        "chinese": profile in CHINA,
        "changed": reviewed_versions.changed_since(version),
        "unreviewed": unreviewed,
        "outdated": cases.narrative_outdated(version),
        "findings": rows,
        "errors": sum(row["error"] for row in rows),
        "warnings": sum(not row["error"] for row in rows),
        "problem": refused[0].sentences if refused else "",
        "releasable": case.stage in rules.data("reviews")["released_from"] and not unreviewed,
        "section": "submit",
    }
    return render(request, "pv/cases/submit.html", context, status=422 if refused else 200)


@posted_from("case-submit")
def receivers(request: HttpRequest, pk: str) -> HttpResponse:
    """Say to whom the case is to be reported."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    chosen = request.POST.getlist("receivers")
    with case_button(request):
        actions.choose_receivers(actor, case, receivers=chosen, lock_version=seen_version(request))
        flash.saved(request, _("Saved: the case shows what these receivers ask for."))
    return redirect("case-submit", pk=case.id)


@require_GET
def download(request: HttpRequest, pk: str) -> HttpResponse:
    """The released file, byte for byte."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    row = cases.downloaded(actor, pk)
    response = HttpResponse(bytes(row.content), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{row.file_name}"'
    response["X-SHA256"] = row.sha256
    return response


urlpatterns = [
    path("cases/<uuid:pk>/submit/", submit, name="case-submit"),
    path("cases/<uuid:pk>/receivers/", receivers, name="case-receivers"),
    path("submissions/<uuid:pk>/", download, name="submission"),
]
