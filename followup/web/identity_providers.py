"""Identity providers: entered by one administrator, opened by another; what groups speak for."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import grants, linked_accounts
from followup.actions import identity_providers as actions
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from, typed
from followup.core.models import IdentityProvider
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import accounts
from followup.queries import identity_providers as queries
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown
from followup.web.single_sign_on import callback
from followup.web.users_form import ExtentForm, GrantNames


class ProviderForm(Form):
    """What an identity provider needs, in the words its own administrator uses."""

    name = forms.CharField(
        label=gettext_lazy("Name of the provider"),
        max_length=60,
        help_text=gettext_lazy("As people know it; the button of the sign-in page shows it."),
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"),
        max_length=300,
        help_text=gettext_lazy("The address under which the provider describes itself."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    client_id = forms.CharField(label=gettext_lazy("Client number"), max_length=200)
    client_secret = forms.CharField(
        label=gettext_lazy("Client secret"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("It is kept encrypted. Empty: keep the present one, or have none."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Scopes"),
        max_length=200,
        help_text=gettext_lazy("For example: openid profile"),
    )
    subject_claim = forms.CharField(
        label=gettext_lazy("Claim with the person's number"),
        max_length=60,
        help_text=gettext_lazy(
            "sub, or the claim of an employee number that is never given twice. Never one people "
            "choose themselves, such as an e-mail address."
        ),
    )
    groups_claim = forms.CharField(
        label=gettext_lazy("Claim with the groups"), required=False, max_length=60
    )
    accepted = forms.CharField(
        label=gettext_lazy("Accepted as second factor"),
        required=False,
        max_length=2100,
        help_text=gettext_lazy(
            "Values of amr or acr, each on its own line. "
            "Empty: our own second factor is always asked."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    longest_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes since the person signed in there, at most"),
        help_text=gettext_lazy("0 has them enter their password there each time."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)

    def settings(self) -> dict[str, Any]:
        """The arguments of the action."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        values.pop("client_secret")
        lines = (line.strip() for line in values["accepted"].splitlines())
        values["accepted"] = [line for line in lines if line]
        return values


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The providers, and what waits for a second administrator."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    context = {
        "rows": queries.providers(actor),
        "closed": queries.providers(actor, closed=True),
        "requests": queries.requests(actor),
        "second": shown(entitled(actor, Perm.USER_WRITE, besides=[actor.id])),
        "may_write": actor.may(Perm.USER_WRITE),
    }
    return render(request, "followup/users/providers.html", context)


def _asked(
    request: HttpRequest, provider: IdentityProvider | None, initial: dict[str, Any]
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_WRITE)
    form = ProviderForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.ask(
                actor,
                provider=provider,
                settings=form.settings(),
                client_secret=form.cleaned_data["client_secret"],
                reason=form.cleaned_data["reason"],
            )
            flash.saved(request, _("Asked: it holds as soon as a second administrator agrees."))
            return redirect("identity-providers")
    if form.is_bound and form.data.get("client_secret"):
        # Empty it would mean: none, and the page never sends a secret back.
        form.add_error("client_secret", _("Enter the secret again: a page never shows one."))
    context = {"form": form, "provider": provider}
    return render(request, "followup/users/provider_form.html", context, status=form.status)


@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a provider to be opened."""
    return _asked(request, None, {})


@sensitive_post_parameters("client_secret")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for other settings of a provider."""
    provider = queries.provider(cast(ActingRequest, request).actor, pk)
    names = ("name", "issuer", "client_id", "scopes", "subject_claim", "groups_claim")
    initial: dict[str, Any] = {name: getattr(provider, name) for name in names}
    initial |= {
        "accepted": "\n".join(provider.accepted),
        "longest_minutes": provider.longest_minutes,
    }
    return _asked(request, provider, initial)


@posted_from("identity-providers", alone=True)
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """Agree to a request of another administrator, or turn it down."""
    actor = cast(ActingRequest, request).actor
    row = queries.request(actor, pk)
    agree = request.POST.get("decision") == "agree"
    provider = actions.decide(actor, row, agree=agree, reason=typed(request, "reason"))
    if provider is None:
        flash.saved(request, _("The request is turned down; nothing changed."))
        return redirect("identity-providers")
    flash.saved(request, _("The sign-in page offers the provider."))
    return redirect("identity-provider", pk=provider.id)


@posted_from("identity-provider")
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a provider off the sign-in page."""
    actor = cast(ActingRequest, request).actor
    actions.close(actor, queries.provider(actor, pk), reason=typed(request, "reason"))
    flash.saved(request, _("The provider is closed; nobody signs in with it any more."))
    return redirect("identity-providers")


class RuleForm(ExtentForm):
    """For which right a group speaks."""

    group = forms.CharField(label=gettext_lazy("Group"), max_length=200)
    field_order = ("group", "role", "site", "product")


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One provider: its settings, whose accounts are linked, its groups and what they propose."""
    actor = cast(ActingRequest, request).actor
    provider = queries.provider(actor, pk)
    form = RuleForm(request.POST or None, auto_id="rule_%s")
    form.offer_extents(actor)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            group = form.cleaned_data["group"]
            linked_accounts.add_rule(actor, provider=provider, group=group, **form.extent())
            flash.saved(request, _("The rule is added; it proposes and gives nothing."))
            return redirect("identity-provider", pk=provider.id)
    names = GrantNames(actor)
    rules = list(queries.group_rules(actor, provider))
    linked = list(queries.accounts(actor, at=provider))
    context = {
        "provider": provider,
        "callback": callback(request, provider),
        "accounts": linked,
        "rules": [names.rule_line(row) for row in rules],
        "runs": [
            {
                "account": run.account,
                "give": [names.extent_line(extent) for extent in run.give],
                "end": [names.line(held) for held in run.end],
            }
            for run in queries.dry_run(actor, linked, rules)
        ],
        "form": form,
        "may_write": actor.may(Perm.USER_WRITE),
    }
    return render(request, "followup/users/provider.html", context, status=form.status)


@posted_from("identity-providers", alone=True)
def end_rule(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a rule away."""
    actor = cast(ActingRequest, request).actor
    row = queries.group_rule(actor, pk)
    linked_accounts.end_rule(actor, row)
    flash.saved(request, _("The rule is taken away; no right changed."))
    return redirect("identity-provider", pk=row.provider_id)


@posted_from("identity-provider")
def ask_proposed(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for all that the groups of one person propose; a second administrator decides each.

    What is refused is said and holds nothing else back.
    """
    actor = cast(ActingRequest, request).actor
    provider = queries.provider(actor, pk)
    person = accounts.user(actor, typed(request, "user"))
    linked = queries.accounts(actor, of=person, at=provider)
    runs = queries.dry_run(actor, linked, queries.group_rules(actor, provider))
    if not runs:
        raise Refused(_("The groups of this person propose nothing any more."))
    run = runs[0]
    reason = _("Groups at %(provider)s: %(groups)s") % {
        "provider": provider.name,
        "groups": " · ".join(run.account.groups) or "—",
    }
    asked = 0
    for extent in run.give:
        with button(request):
            grants.ask_grant(
                actor,
                person,
                role=extent.role,
                site=extent.site,
                product=extent.product,
                all_sites=extent.site is None,
                all_products=extent.product is None,
                reason=reason,
            )
            asked += 1
    for held in run.end:
        with button(request):
            grants.ask_revocation(actor, held, reason=reason)
            asked += 1
    if asked:
        flash.saved(request, _("Asked: a second administrator decides each."))
    return redirect("user", pk=person.id)


urlpatterns = [
    path("users/providers/", listing, name="identity-providers"),
    path("users/providers/new/", new, name="identity-provider-new"),
    path("users/providers/<uuid:pk>/", detail, name="identity-provider"),
    path("users/providers/<uuid:pk>/change/", change, name="identity-provider-change"),
    path("users/providers/<uuid:pk>/close/", close, name="identity-provider-close"),
    path("users/providers/<uuid:pk>/propose/", ask_proposed, name="identity-provider-propose"),
    path("provider-requests/<uuid:pk>/", decide, name="identity-provider-decide"),
    path("group-rules/<uuid:pk>/end/", end_rule, name="group-rule-end"),
]
