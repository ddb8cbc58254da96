"""API tokens of one's own: issued and shown once, listed, revoked."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from followup.actions import tokens as actions
from followup.core import clock, flash
from followup.core.forms import Form
from followup.core.problems import NotFound, Refused
from followup.core.requests import ActingRequest
from followup.queries import accounts


class TokenForm(Form):
    """Which program will use it, and how long."""

    label = forms.CharField(
        label=gettext_lazy("Program that will use it"),
        max_length=60,
        help_text=gettext_lazy("For example: hospital information system, test server."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days it lives"),
        help_text=gettext_lazy("1 to 365; after that it ends automatically."),
        min_value=1,
        max_value=365,
        widget=forms.NumberInput(attrs={"class": "w-short"}),
    )


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The own tokens; a new one's text is on the answer to its form and nowhere else."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    if user is None:
        raise NotFound()
    form, fresh, status = TokenForm(request.POST or None), "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _row, fresh = actions.issue_token(actor, user, **form.cleaned_data)
            except Refused as refused:
                form.refuse(refused)
            else:
                form, status = TokenForm(), 200
    context = {
        "form": form,
        "fresh": fresh,
        "tokens": accounts.tokens(actor),
        "now": clock.now(),
        "api": request.build_absolute_uri("/api/v1/"),
    }
    return render(request, "followup/account/tokens.html", context, status=status)


@require_POST
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
