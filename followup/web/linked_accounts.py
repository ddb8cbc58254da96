"""Accounts at identity providers: one's own linked and ended, another's written and ended."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import linked_accounts as actions
from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from, typed
from followup.core.permissions import Perm
from followup.core.security import lockout
from followup.queries import accounts, second_factors
from followup.queries import identity_providers as queries
from followup.web import proofs, single_sign_on
from followup.web.proofs import ProofForm

_PROVEN = "link_proven"


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    actor, _user = proofs.who(request)
    ways = second_factors.ways(actor, proofs.host(request))
    linked = list(queries.own_accounts(actor))
    known = {row.provider_id for row in linked}
    context = {
        "rows": linked,
        "others": [row for row in queries.offered() if row.id not in known],
        "ways": ways,
        "options": proofs.ask_passkey(request, ways),
        "link_form": ProofForm(ways=ways, auto_id="link_%s"),
        "end_form": ProofForm(ways=ways, auto_id="end_%s"),
        "form": next(iter(more.values()), None),
        **more,
    }
    return render(request, "followup/account/linked_accounts.html", context, status=status)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """One's own accounts at identity providers, and those that can be linked."""
    return _page(request)


@sensitive_post_parameters()
@posted_from("linked-accounts", alone=True)
def link(request: HttpRequest, pk: str) -> HttpResponse:
    """Prove who sits here; a page then leads to the provider.

    Not a redirect: the pages' policy lets no form lead away from here.
    """
    actor, user = proofs.who(request)
    provider = queries.offered_one(pk)
    form = ProofForm(
        request.POST, ways=second_factors.ways(actor, proofs.host(request)), auto_id="link_%s"
    )
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if form.is_valid():
        with form.refusals(on_refusal=proofs.counting(request, user.username)):
            given = proofs.proof(request, form.cleaned_data)
            actions.prove(actor, user, password=form.cleaned_data["password"], proof=given)
            request.session[_PROVEN] = {"provider": str(provider.id), "at": clock.now().timestamp()}
            return redirect("linked-account-go", pk=provider.id)
    return _page(request, status=422, link_form=form)


@require_http_methods(["GET"])
def go(request: HttpRequest, pk: str) -> HttpResponse:
    """The page between the proof and the provider; `on` is its link."""
    actor, user = proofs.who(request)
    provider = queries.offered_one(pk)
    proven = request.session.get(_PROVEN) or {}
    within = second_factors.rules(actor).answer_within.total_seconds()
    late = clock.now().timestamp() - proven.get("at", 0) > within
    if late or proven["provider"] != str(provider.id):
        flash.warn(request, _("That took too long. Enter your password again."))
        return redirect("linked-accounts")
    if "on" not in request.GET:
        return render(request, "followup/account/link_account.html", {"provider": provider})
    del request.session[_PROVEN]
    return single_sign_on.send(request, provider, link=str(user.pk))


@sensitive_post_parameters()
@posted_from("linked-accounts", alone=True)
def end_own(request: HttpRequest, pk: str) -> HttpResponse:
    """End a link of one's own."""
    actor, user = proofs.who(request)
    row = queries.own_account(actor, pk)
    form = ProofForm(
        request.POST, ways=second_factors.ways(actor, proofs.host(request)), auto_id="end_%s"
    )
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if form.is_valid():
        with form.refusals(on_refusal=proofs.counting(request, user.username)):
            given = proofs.proof(request, form.cleaned_data)
            password = form.cleaned_data["password"]
            here = request.session.session_key or ""
            actions.end_own(actor, row, user=user, password=password, proof=given, keep=here)
            flash.saved(request, _("The link has ended; it no longer signs in."))
            return redirect("linked-accounts")
    return _page(request, status=422, end_form=form)


class SubjectForm(Form):
    """By which number a provider knows a person."""

    provider = forms.ChoiceField(label=gettext_lazy("Identity provider"))
    subject = forms.CharField(
        label=gettext_lazy("Number there"),
        max_length=255,
        help_text=gettext_lazy("To the letter, as the provider states it; no e-mail address."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def subject_form(data: Any = None) -> SubjectForm:
    """The form with the providers there are."""
    form = SubjectForm(data, auto_id="subject_%s")
    form.offer("provider", [("", "—"), *((str(row.id), row.name) for row in queries.offered())])
    return form


@require_http_methods(["GET", "POST"])
def of_person(request: HttpRequest, pk: str) -> HttpResponse:
    """The linked accounts of a person, and a number written down."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    person = accounts.user(actor, pk)
    form = subject_form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with form.refusals():
            actions.write(
                actor,
                person,
                provider=queries.provider(actor, values["provider"]),
                subject=values["subject"],
                reason=values["reason"],
            )
            flash.saved(request, _("The number is written down: it signs this person in."))
            return redirect("user-linked-accounts", pk=person.id)
    context = {
        "person": person,
        "rows": queries.accounts(actor, of=person),
        "form": form,
        "may_write": actor.may(Perm.USER_WRITE) and actor.id != person.id,
    }
    return render(request, "followup/users/linked_accounts.html", context, status=form.status)


@posted_from("users", alone=True)
def end(request: HttpRequest, pk: str) -> HttpResponse:
    """End the link of a person."""
    actor = cast(ActingRequest, request).actor
    row = queries.account(actor, pk)
    actions.end(actor, row, reason=typed(request, "reason"))
    flash.saved(request, _("The link has ended; it no longer signs in."))
    return redirect("user-linked-accounts", pk=row.user_id)


urlpatterns = [
    path("account/linked-accounts/", listing, name="linked-accounts"),
    path("account/linked-accounts/with/<uuid:pk>/", link, name="linked-account-link"),
    path("account/linked-accounts/with/<uuid:pk>/go/", go, name="linked-account-go"),
    path("account/linked-accounts/<uuid:pk>/end/", end_own, name="linked-account-end-own"),
    path("users/<uuid:pk>/linked-accounts/", of_person, name="user-linked-accounts"),
    path("linked-accounts/<uuid:pk>/end/", end, name="linked-account-end"),
]
