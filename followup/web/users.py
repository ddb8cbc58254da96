"""Accounts of people: the list, a new account, one account with its rights, opened and closed."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import accounts, grants
from followup.actions import second_factors as resets
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from, typed
from followup.core.permissions import Perm
from followup.queries import accounts as queries
from followup.queries import second_factors
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown
from followup.web.tokens import token_lines
from followup.web.users_form import ROLES, CreateForm, GrantForm, GrantNames, grant_form

STATES = (
    ("active", pgettext_lazy("account", "Active")),
    ("closed", pgettext_lazy("account", "Closed")),
    ("all", pgettext_lazy("account", "All")),
)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, by user name, with what they may do and where."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    text = request.GET.get("q", "").replace("\x00", "")[:60]
    state = request.GET.get("state", "active")
    active = {"active": True, "closed": False}.get(state)
    names = GrantNames(actor)
    rows = [
        {"user": user, "grants": [names.line(g) for g in getattr(user, "living_grants", ())]}
        for user in queries.users(actor, text=text, active=active)
    ]
    context = {
        "rows": rows,
        "text": text,
        "state": state,
        "states": STATES,
        "may_write": actor.may(Perm.USER_WRITE),
    }
    return render(request, "followup/users/list.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Open an account; the rights are given on its page, which follows."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_WRITE)
    form = CreateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            user = accounts.create_user(actor, **form.cleaned_data)
            text = _("The account %(name)s is open. It has no rights yet: give a role below.")
            flash.saved(request, text % {"name": user.username})
            return redirect("user", pk=user.id)
    return render(request, "followup/users/create.html", {"form": form}, status=form.status)


class ReasonForm(Form):
    """Why an account is closed or opened again, or a right ends."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class PasswordForm(ReasonForm):
    """A new password for somebody who forgot it."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        max_length=200,
        help_text=gettext_lazy("At least 15 characters. Tell it to the person in person."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "w-medium"}),
    )
    field_order = ("password", "reason")


def _second(actor: Any, user: Any) -> dict[str, Any]:
    """Who may agree to taking this person's factors away, where the reader asks or asked."""
    reset = second_factors.open_reset(actor, user)
    asked_by = reset.asked_by_id if reset else actor.id
    return shown(entitled(actor, Perm.USER_WRITE, besides=[asked_by, user.id]))


def _page(request: HttpRequest, user: Any, status: int = 200, **forms_: Any) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    names = GrantNames(actor)
    held = [names.line(g) for g in queries.grants(actor, user)]
    waiting = [names.waiting_line(r) for r in queries.grant_requests(actor, of=user)]
    context = {
        "person": user,
        "grants": [line for line in held if not line["ended"]],
        "ended": [line for line in held if line["ended"]],
        "requests": waiting,
        "tokens": token_lines(queries.tokens(actor, of=user)) if actor.may(Perm.USER_WRITE) else [],
        "roles": [{"name": name, "sentence": sentence} for name, sentence in ROLES.values()],
        "own": actor.id == user.id,
        "may_write": actor.may(Perm.USER_WRITE),
        "may_audit": actor.may(Perm.AUDIT_READ),
        "form": None,
        "grant_form": None,
        "password_form": PasswordForm(auto_id="password_%s"),
        "close_form": ReasonForm(auto_id="close_%s"),
        "factors": second_factors.kinds(actor, user),
        "reset": second_factors.open_reset(actor, user),
        "reset_form": ReasonForm(auto_id="reset_%s"),
        "second": _second(actor, user),
    }
    if context["may_write"] and not context["own"]:
        context["grant_form"] = grant_form(actor)
    for name, form in forms_.items():
        context[name] = context["form"] = form
    return render(request, "followup/users/detail.html", context, status=status)


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One account: rights now and before, tokens, and what an administrator may do."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    return _page(request, queries.user(actor, pk))


@posted_from("user")
def grant(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for a role at one or all sites, for one or all products."""
    actor = cast(ActingRequest, request).actor
    user = queries.user(actor, pk)
    form: GrantForm = grant_form(actor, request.POST)
    if form.is_valid():
        with form.refusals():
            row = grants.ask_grant(actor, user, **form.given())
            text = (
                _("The right holds from now on.")
                if row.agreed
                else _("Asked: the right holds as soon as a second administrator agrees.")
            )
            flash.saved(request, text)
            return redirect("user", pk=user.id)
    return _page(request, user, 422, grant_form=form)


@posted_from("users", alone=True)
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for the end of a right."""
    actor = cast(ActingRequest, request).actor
    row = queries.grant(actor, pk)
    grants.ask_revocation(actor, row, reason=typed(request, "reason"))
    flash.saved(request, _("Asked: the right ends as soon as a second administrator agrees."))
    return redirect("user", pk=row.user_id)


@posted_from("user")
def close(request: HttpRequest, pk: str) -> HttpResponse:
    """Close an account, or open it again."""
    actor = cast(ActingRequest, request).actor
    user = queries.user(actor, pk)
    form = ReasonForm(request.POST, auto_id="close_%s")
    if form.is_valid():
        # What the page showed decides, not what stands now: two presses never undo each other.
        closing = request.POST.get("wanted", "closed" if user.is_active else "open") == "closed"
        change = accounts.deactivate if closing else accounts.reactivate
        with form.refusals():
            change(actor, user, reason=form.cleaned_data["reason"])
            text = _("The account is closed.") if closing else _("The account is open.")
            flash.saved(request, text)
            return redirect("user", pk=user.id)
    return _page(request, user, 422, close_form=form)


@sensitive_post_parameters("password")
@posted_from("user")
def password(request: HttpRequest, pk: str) -> HttpResponse:
    """Set a forgotten password; the person's sessions end."""
    actor = cast(ActingRequest, request).actor
    user = queries.user(actor, pk)
    form = PasswordForm(request.POST, auto_id="password_%s")
    if form.is_valid():
        with form.refusals():
            accounts.set_password(actor, user, **form.cleaned_data)
            flash.saved(request, _("The password is set; the person's sessions have ended."))
            return redirect("user", pk=user.id)
    return _page(request, user, 422, password_form=form)


@posted_from("user")
def ask_reset(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask a second administrator to take a person's lost second factors away."""
    actor = cast(ActingRequest, request).actor
    user = queries.user(actor, pk)
    form = ReasonForm(request.POST, auto_id="reset_%s")
    if form.is_valid():
        with form.refusals():
            resets.ask_reset(actor, user, reason=form.cleaned_data["reason"])
            flash.saved(request, _("A second administrator now has to agree, on this page."))
            return redirect("user", pk=user.id)
    return _page(request, user, 422, reset_form=form)


@posted_from("users", alone=True)
def decide_reset(request: HttpRequest, pk: str) -> HttpResponse:
    """Agree to a reset that another administrator asked for, or turn it down."""
    actor = cast(ActingRequest, request).actor
    row = second_factors.reset(actor, pk)
    agree = request.POST.get("decision") == "agree"
    resets.decide_reset(actor, row, agree=agree, reason=typed(request, "reason"))
    flash.saved(
        request,
        _("The devices are reset; the person adds new ones at the next sign-in.")
        if agree
        else _("The reset is turned down; the devices stay."),
    )
    return redirect("user", pk=row.user_id)


urlpatterns = [
    path("users/<uuid:pk>/second-factor/", ask_reset, name="user-factor-reset"),
    path("factor-resets/<uuid:pk>/", decide_reset, name="factor-reset-decide"),
    path("users/", listing, name="users"),
    path("users/create/", create, name="user-create"),
    path("users/<uuid:pk>/", detail, name="user"),
    path("users/<uuid:pk>/grants/", grant, name="user-grant"),
    path("users/<uuid:pk>/state/", close, name="user-state"),
    path("users/<uuid:pk>/password/", password, name="user-password"),
    path("grants/<uuid:pk>/revoke/", revoke, name="grant-revoke"),
]
