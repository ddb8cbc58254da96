"""API tokens of one's own: issued and shown once, listed, revoked."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import tokens as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.models import ApiToken
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.templatetags.everwatch import listed
from followup.queries import accounts

# What a token can be bound to, in the order of the form; the account itself is no program's.
PERMISSIONS: dict[Perm, Any] = {
    Perm.PATIENT_READ: pgettext_lazy("permission", "read patients"),
    Perm.PATIENT_WRITE: pgettext_lazy("permission", "change patients"),
    Perm.IDENTITY_READ: pgettext_lazy("permission", "read who patients are"),
    Perm.IDENTITY_WRITE: pgettext_lazy("permission", "change who patients are"),
    Perm.VISIT_READ: pgettext_lazy("permission", "read visits"),
    Perm.VISIT_WRITE: pgettext_lazy("permission", "record visits"),
    Perm.EVENT_READ: pgettext_lazy("permission", "read events"),
    Perm.EVENT_WRITE: pgettext_lazy("permission", "record events"),
    Perm.SAMPLE_READ: pgettext_lazy("permission", "read samples"),
    Perm.SAMPLE_WRITE: pgettext_lazy("permission", "record samples"),
    Perm.REFERENCE_READ: pgettext_lazy("permission", "read reference data"),
    Perm.REFERENCE_WRITE: pgettext_lazy("permission", "change reference data"),
    Perm.PROTOCOL_WRITE: pgettext_lazy("permission", "write protocols and amend patients"),
    Perm.VISIT_SIGN: pgettext_lazy("permission", "sign and unlock contacts"),
    Perm.QUERY_WRITE: pgettext_lazy("permission", "ask about recorded data"),
    Perm.VERIFICATION_READ: pgettext_lazy("permission", "read source data verification"),
    Perm.VERIFICATION_WRITE: pgettext_lazy("permission", "verify source data"),
    Perm.CASE_READ: pgettext_lazy("permission", "read cases"),
    Perm.CASE_WRITE: pgettext_lazy("permission", "change cases"),
    Perm.CASE_ASSESS: pgettext_lazy("permission", "assess cases"),
    Perm.ICSR_EXPORT: pgettext_lazy("permission", "export reports"),
    Perm.ICSR_IMPORT: pgettext_lazy("permission", "import reports"),
    Perm.EXCHANGE_READ: pgettext_lazy("permission", "read channels"),
    Perm.EXCHANGE_WRITE: pgettext_lazy("permission", "change channels"),
    Perm.COMMITMENT_READ: pgettext_lazy("permission", "read commitments"),
    Perm.COMMITMENT_WRITE: pgettext_lazy("permission", "change commitments"),
    Perm.REPORT_READ: pgettext_lazy("permission", "read periodic reports"),
    Perm.REPORT_WRITE: pgettext_lazy("permission", "make periodic reports"),
    Perm.AUDIT_READ: pgettext_lazy("permission", "read the audit trail"),
    Perm.USER_READ: pgettext_lazy("permission", "read users"),
}


class TokenForm(Form):
    """Which program will use it, and how long."""

    label = forms.CharField(
        label=gettext_lazy("Program that will use it"),
        max_length=60,
        help_text=gettext_lazy("For example: hospital information system, test server."),
    )
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        required=False,
        help_text=gettext_lazy("Nothing ticked: everything you may do, now and later."),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days it lives"),
        help_text=gettext_lazy("1 to 365; after that it ends automatically."),
        min_value=1,
        max_value=365,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
    )


def _form(actor: Actor, data: Any = None) -> TokenForm:
    form = TokenForm(data)
    held = [(perm.value, PERMISSIONS[perm]) for perm in PERMISSIONS if perm in actor.permissions]
    form.offer("permissions", held)
    return form


def token_lines(rows: Iterable[ApiToken]) -> list[ApiToken]:
    """Tokens with `may`: in words what each may do, empty for everything."""
    lines = list(rows)
    for row in lines:
        names = [PERMISSIONS.get(Perm(p), p) for p in row.permissions or () if p in frozenset(Perm)]
        row.__dict__["may"] = listed(names)
    return lines


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """One's own tokens; a new one's text is on the answer to its form and nowhere else."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    if user is None:
        raise NotFound()
    form, fresh, status = _form(actor, request.POST or None), "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            with form.refusals():
                values = form.cleaned_data
                values["permissions"] = values["permissions"] or None
                _row, fresh = actions.issue_token(actor, user, **values)
                form, status = _form(actor), 200
    context = {
        "form": form,
        "fresh": fresh,
        "tokens": token_lines(accounts.tokens(actor)),
        "now": clock.now(),
        "api": request.build_absolute_uri("/api/v1/"),
    }
    return render(request, "followup/account/tokens.html", context, status=status)


@posted_from("tokens", alone=True)
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """End a token at once: the owner's, or with the right to manage users anybody's."""
    actor = cast(ActingRequest, request).actor
    row = accounts.token(actor, pk)
    actions.revoke_token(actor, row)
    flash.saved(request, _("The token no longer opens anything."))
    if row.user_id != actor.id:
        return redirect("user", pk=row.user_id)
    return redirect("tokens")


urlpatterns = [
    path("account/tokens/", listing, name="tokens"),
    path("account/tokens/<uuid:pk>/revoke/", revoke, name="token-revoke"),
]
