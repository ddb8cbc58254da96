"""Signing a record, a signature as it was given, and the list of a period."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import signatures as actions
from followup.core import clock, pdf
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import csv_response, pdf_response, workbook_response
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Denied, NotFound
from followup.core.security import access, bindings, lockout
from followup.core.spreadsheets import workbooks
from followup.domain.signatures import changed, sha256, text_of
from followup.queries import accounts, second_factors
from followup.queries import signatures as queries
from followup.web import proofs
from followup.web.dates import DateField
from followup.web.proofs import ProofForm


class SignForm(ProofForm):
    """What the signature means, and who gives it."""

    meaning = forms.ChoiceField(
        label=pgettext_lazy("signature", "Meaning"), widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason or comment"), max_length=500, required=False
    )
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)
    field_order: Iterable[str] = ("meaning", "reason", "password", "code", "answer", "shown")


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, kind: str, record: str) -> HttpResponse:
    """Show exactly what is signed; password and second factor are asked each time."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    signable, row = queries.find(actor, kind, record)
    meanings = queries.may_sign(actor, signable, row)
    if user is None or not meanings:
        raise Denied(Perm.OWN_ACCOUNT)
    ways = second_factors.ways(actor, proofs.host(request))
    content = queries.content(actor, signable, row)
    fingerprint = sha256(text_of(content))
    form = SignForm(request.POST or None, ways=ways, initial={"shown": fingerprint})
    # What is sent may say more than what is offered: the action then says why not.
    shown = meanings if request.method == "POST" else queries.offered(actor, signable, row)
    form.offer("meaning", list((shown or meanings).items()))
    if request.method == "POST" and not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with form.refusals(
            stale=_("The record was changed meanwhile. Read it again, then sign."),
            on_conflict=lambda _conflict: form.resubmit(shown=fingerprint),
            on_refusal=proofs.counting(request, user.username),
        ):
            actions.sign(
                actor,
                user,
                kind=kind,
                record=record,
                meaning=values["meaning"],
                reason=values["reason"],
                shown_sha256=values["shown"],
                password=values["password"],
                proof=proofs.proof(request, values),
            )
            flash.saved(request, _("Signed."))
            return redirect(signable.page(row))
    context = {
        "form": form,
        "ways": ways,
        "signable": signable,
        "content": content,
        "fingerprint": fingerprint,
        "back": signable.page(row),
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/signatures/sign.html", context, status=form.status)


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One signature: what was signed, whether it verifies, and what has changed since."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    lines = queries.lines(row)
    if request.GET.get("format") == "pdf":
        access.record(actor, "print.signature", row.pk)
        return _print(request, _("Signature"), [queries.standing(row)], lines)
    try:
        signable, record = queries.find(actor, row.kind, row.record_id)
        now = queries.content(actor, signable, record).lines
    except NotFound:  # an auditor of signatures need not reach the record
        now = tuple(lines)
    context = {
        "row": row,
        "record": queries.record_words(row),
        "meaning": queries.meaning(row),
        "at": bindings.signed_at(row),
        "lines": lines,
        "changes": changed(lines, now),
        "problems": list(queries.problems(row)),
    }
    return render(request, "followup/signatures/detail.html", context)


class PeriodForm(Form):
    """The period whose signatures are listed; a box left empty means the last thirty days."""

    since = DateField(label=pgettext_lazy("period", "From"), future=False, required=False)
    until = DateField(label=pgettext_lazy("period", "To (included)"), future=False, required=False)

    def clean(self) -> dict[str, Any]:
        """Fill in what was left empty; a period that ends before it begins is none."""
        values = super().clean() or {}
        values["until"] = values.get("until") or clock.today()
        values["since"] = values.get("since") or values["until"] - timedelta(days=30)
        if not self.errors and values["until"] < values["since"]:
            self.add_error("until", _("The period ends before it begins."))
        return values


HEADER = (
    "signature",
    "signed_at",
    "zone",
    "printed_name",
    "user_name",
    "roles",
    "meaning",
    "reason",
    "kind",
    "record",
    "title",
    "factors",
    "content_sha256",
    "state_sha256",
    "verified",
)


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """The signatures of a period, each verified, on the page or as a file."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.AUDIT_READ)
    form = PeriodForm({"since": "", "until": "", **request.GET.dict()})
    if not form.is_valid():  # for the files too: none for a period nobody asked for
        context: dict[str, Any] = {"form": form, "rows": []}
        return render(request, "followup/signatures/manifest.html", context, status=422)
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    if not request.GET.get("since") or not request.GET.get("until"):
        form = PeriodForm({"since": since.isoformat(), "until": until.isoformat()})
    found = [
        (row, queries.meaning(row), list(queries.problems(row)))
        for row in queries.manifest(actor, since=since, until=until)
    ]
    if request.GET.get("format") == "pdf":
        access.record(actor, "print", "signatures", reason=f"{since} {until}")
        title = _("Signatures from %(since)s to %(until)s") % {"since": since, "until": until}
        return _print(request, title, [queries.standing(row) for row, _text, _bad in found])
    if request.GET.get("format") == "csv":
        access.record(actor, "export", "signatures", reason=f"{since} {until}")
        lines = [HEADER, *map(_cells, found)]
        return csv_response(lines, f"signatures-{since}-{until}.csv")
    if request.GET.get("format") == "xlsx":
        access.record(actor, "export", "signatures", reason=f"{since} {until}")
        content = workbooks.single(_("Signatures"), HEADER, map(_cells, found), made_at=clock.now())
        return workbook_response(content, f"signatures-{since}-{until}.xlsx")
    rows = [(row, queries.record_words(row), text, bad) for row, text, bad in found]
    context = {"form": form, "rows": rows}
    return render(request, "followup/signatures/manifest.html", context)


def _print(
    request: HttpRequest,
    title: str,
    signed: list[queries.SignatureStanding],
    lines: Iterable[Any] = (),
) -> HttpResponse:
    context = {
        "title": title,
        "signed": signed,
        "lines": list(lines),
        "printed_at": clock.now(),
        "zone": settings.TIME_ZONE,
    }
    content = pdf.render("signatures", context, language=get_language() or "zh-hans")
    if pdf.can_be_signed():
        content = pdf.signed(content, reason=title)
    return pdf_response(content, "signatures.pdf")


Found = tuple[Any, str, list[str]]


def _cells(line: Found) -> list[str]:
    """One signature as a line of the manifest; the same in every kind of file."""
    row, meaning, problems = line
    cells = (
        row.id,
        bindings.signed_at(row),
        row.zone,
        row.printed_name,
        row.signer.username,
        row.roles,
        meaning,
        row.reason,
        row.kind,
        row.record_id,
        row.title,
        row.factors,
        row.content_sha256,
        row.state_sha256,
        "; ".join(problems) or "yes",
    )
    return [str(cell) for cell in cells]


urlpatterns = [
    path("sign/<str:kind>/<str:record>/", sign, name="sign"),
    path("signatures/", manifest, name="signatures"),
    path("signatures/<uuid:pk>/", detail, name="signature"),
]
