"""One's own second factors: apps and passkeys added and removed, recovery codes shown once."""

import json
from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import second_factors as actions
from followup.core.forms.refusals import Refusals
from followup.core.http import flash
from followup.core.http.requests import posted_from
from followup.core.models import User
from followup.core.problems import Refused
from followup.core.security import lockout, one_time_codes, passkeys, secrets
from followup.core.security.passkeys import WrongPasskey
from followup.queries import second_factors as queries
from followup.web import proofs
from followup.web.proofs import CodeField, ProofForm

_KEY, _NEW = "app_key", "new_passkey_state"


class LabelForm(ProofForm):
    """What is added is named, so that a lost one can be told from the others."""

    label = forms.CharField(
        label=gettext_lazy("Name of the device"),
        max_length=60,
        help_text=gettext_lazy("For example: my phone, key on the ring."),
    )
    field_order: Iterable[str] = ("label", "password", "code", "answer")


class AppForm(LabelForm):
    """The first code of a new app."""

    first_code = CodeField(label=gettext_lazy("Code the app shows now"))
    field_order: Iterable[str] = ("first_code", "label", "password", "code", "answer")


class PasskeyForm(LabelForm):
    """The new passkey, which the browser puts in."""

    made = forms.CharField(
        required=False, max_length=proofs.LONGEST_ANSWER, widget=forms.HiddenInput
    )


def _listing(
    request: HttpRequest, *, status: int = 200, codes: list[str] | None = None, **forms_: Any
) -> HttpResponse:
    actor, _user = proofs.who(request)
    ways = queries.ways(actor, proofs.host(request))
    context = {
        "factors": queries.own(actor),
        "ways": ways,
        "codes": codes or [],
        "required": queries.required(actor),
        "must_enrol": request.session.get("must_enrol", False),
        "can_passkey": passkeys.possible(request.get_host()),
        "options": proofs.ask_passkey(request, ways),
        "codes_form": ProofForm(ways=ways, auto_id="codes_%s"),
        "remove_form": ProofForm(ways=ways, auto_id="remove_%s"),
        "form": next(iter(forms_.values()), None),
        **forms_,
    }
    return render(request, "followup/account/second_factors.html", context, status=status)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """One's own devices, and how many recovery codes are left."""
    return _listing(request)


def _refusals(request: HttpRequest, user: User, form: ProofForm) -> Refusals:
    """What is refused is shown on the form; a wrong proof counts like a wrong password."""
    return form.refusals(on_refusal=proofs.counting(request, user.username))


def _added(request: HttpRequest, codes: list[str], how: str) -> HttpResponse:
    """On from the first device: the session counts as proven, the recovery codes are shown."""
    request.session["must_enrol"] = False
    first = request.session.get("signed_in_by", "password").partition("+")[0]
    request.session["signed_in_by"] = f"{first}+{how}"
    flash.saved(request, _("The device is added."))
    if codes:
        return _listing(request, codes=codes)
    return redirect("second-factors")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add_app(request: HttpRequest) -> HttpResponse:
    """Show a new key as QR code and in letters; the first code proves that the app has it."""
    actor, user = proofs.who(request)
    ways = queries.ways(actor, proofs.host(request))
    place = secrets.associated_data("session", "app_key", user.pk, "")
    kept = request.session.get(_KEY)
    key = secrets.decrypt(kept, place) if kept else one_time_codes.new_key()
    form = AppForm(request.POST or None, ways=ways)
    if request.method == "POST" and not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with _refusals(request, user, form):
            codes = actions.add_app(
                actor,
                user,
                key=key if kept else "",
                label=values["label"],
                first_code=values["first_code"],
                password=values["password"],
                proof=proofs.proof(request, values),
            )
            del request.session[_KEY]
            return _added(request, codes, "app")
    request.session[_KEY] = secrets.encrypt(key, place)
    context = {
        "form": form,
        "ways": ways,
        "symbol": one_time_codes.qr(one_time_codes.address(key, user.username)),
        "key": one_time_codes.by_hand(key),
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/account/add_app.html", context, status=form.status)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Have the browser make a passkey for this host."""
    actor, user = proofs.who(request)
    if not passkeys.possible(request.get_host()):
        raise Refused(_("Passkeys need a host name: open Everwatch by its name, not by numbers."))
    here, origin = proofs.host(request), proofs.origin(request)
    ways = queries.ways(actor, here)
    form = PasskeyForm(request.POST or None, ways=ways)
    if request.method == "POST" and not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        state = request.session.pop(_NEW, None) or {}
        try:
            with _refusals(request, user, form):
                made = passkeys.accept_new(origin, state, proofs.parsed(values["made"]) or {})
                codes = actions.add_passkey(
                    actor,
                    user,
                    made=made,
                    host=here,
                    label=values["label"],
                    password=values["password"],
                    proof=proofs.proof(request, values),
                )
                return _added(request, codes, "passkey")
        except WrongPasskey:
            form.add_error(None, _("The browser made no passkey. Press the button and try again."))
    asked = passkeys.ask_new(
        origin, user=user.pk.bytes, name=user.username, shown=str(user), kept=ways.passkeys
    )
    request.session[_NEW] = asked.state
    context = {
        "form": form,
        "ways": ways,
        "new_options": json.dumps(asked.options),
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/account/add_passkey.html", context, status=form.status)


@sensitive_post_parameters()
@posted_from("second-factors", alone=True)
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Remove a device of one's own."""
    actor, user = proofs.who(request)
    row = queries.factor(actor, pk)
    ways = queries.ways(actor, proofs.host(request))
    form = ProofForm(request.POST, ways=ways, auto_id="remove_%s")
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if form.is_valid():
        values, proof = form.cleaned_data, proofs.proof(request, form.cleaned_data)
        with _refusals(request, user, form):
            actions.remove(actor, row, user=user, password=values["password"], proof=proof)
            flash.saved(request, _("The device is removed; it no longer signs in."))
            return redirect("second-factors")
    return _listing(request, status=422, remove_form=form, removing=row)


@sensitive_post_parameters()
@posted_from("second-factors", alone=True)
def new_codes(request: HttpRequest) -> HttpResponse:
    """Replace the recovery codes; their text is on this answer and nowhere else."""
    actor, user = proofs.who(request)
    ways = queries.ways(actor, proofs.host(request))
    form = ProofForm(request.POST, ways=ways, auto_id="codes_%s")
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if form.is_valid():
        values, proof = form.cleaned_data, proofs.proof(request, form.cleaned_data)
        with _refusals(request, user, form):
            codes = actions.new_codes(actor, user, password=values["password"], proof=proof)
            return _listing(request, codes=codes)
    return _listing(request, status=422, codes_form=form)


urlpatterns = [
    path("account/second-factors/", listing, name="second-factors"),
    path("account/second-factors/app/", add_app, name="second-factor-app"),
    path("account/second-factors/passkey/", add_passkey, name="second-factor-passkey"),
    path("account/second-factors/codes/", new_codes, name="second-factor-codes"),
    path("account/second-factors/<uuid:pk>/remove/", remove, name="second-factor-remove"),
]
