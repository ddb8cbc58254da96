"""Forgotten passwords: ask for a link, and set a new password by it."""

from typing import Any

from axes.helpers import get_client_ip_address
from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from followup.actions import passwords as actions
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import addresses, flash
from followup.queries import accounts
from followup.web.signin import NewPasswordForm


def _process() -> Actor:
    return Actor.process("password-link")


class AskForm(Form):
    """Whose password was forgotten."""

    typed = forms.CharField(
        label=gettext_lazy("User name or e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "class": "w-medium"}),
    )


@login_not_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link; the answer is the same for a name nobody has."""
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        address = get_client_ip_address(request) or ""
        actions.ask_link(_process(), typed=form.cleaned_data["typed"], address=address)
        actions.wake()
        return render(request, "registration/password_asked.html")
    return render(request, "registration/password_ask.html", {"form": form}, status=form.status)


@login_not_required
@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "POST"])
def by_link(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Set a new password; a used or expired link says so and leads to a new one."""
    user = accounts.by_link(_process(), key, token)
    form = NewPasswordForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "person": user}
    if user is None:
        return render(request, "registration/password_link_over.html", status=404)
    if request.method == "POST" and form.is_valid():
        refusals = form.refusals()
        with refusals:
            actions.reset(_process(), user, token=token, new=form.cleaned_data["new_password1"])
            flash.saved(request, _("Your password is changed. Sign in with the new one."))
            return redirect("login")
        if refusals.code == "link":
            return render(request, "registration/password_link_over.html", status=404)
    return render(request, "registration/password_by_link.html", context, status=form.status)


urlpatterns = [
    path("sign-in/forgotten/", ask, name="password-ask"),
    path(addresses.PASSWORD_LINK, by_link, name="password-link"),
]
