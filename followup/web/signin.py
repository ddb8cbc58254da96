"""Signing in and out, the session's ping, and signing in again without leaving a form."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth import forms as auth_forms
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from followup.actions import accounts
from followup.actions.second_factors import Proof, prove_at_sign_in
from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.middleware import login_needed
from followup.core.http.requests import ActingRequest, unattended
from followup.core.models import User
from followup.core.problems import Refused
from followup.core.security import access, lockout
from followup.core.security.accounts import access_ended_on, actor_of
from followup.queries import accounts as queries
from followup.queries import identity_providers, second_factors
from followup.web import second_step

View = Callable[..., HttpResponse]
LONGEST_NAME = 60


def signed_in_or_401(view: View) -> View:
    """For addresses called by a script: 401 and a trigger instead of the sign-in page."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return login_needed(JsonResponse({"error": _("Your session has ended. Sign in again.")}))

    return login_not_required(run)


def access_over(user: User) -> str:
    """What is said to somebody whose every right has passed its last day; empty otherwise."""
    day = access_ended_on(user.pk)
    if day is None:
        return ""
    text = _("Your access ended on %(day)s. Ask an administrator if you still need it.")
    return text % {"day": day.isoformat()}


class SignInForm(auth_forms.AuthenticationForm, Form):
    """Name and password; the same sentence for an unknown name and a wrong password."""

    error_messages = {
        "invalid_login": gettext_lazy("User name or password is wrong. Check both and try again."),
        "inactive": gettext_lazy("User name or password is wrong. Check both and try again."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = pgettext_lazy("account", "User name")
        self.fields["password"].label = pgettext_lazy("account", "Password")

    def confirm_login_allowed(self, user: Any) -> None:
        """After the right password: whoever's access ended by its day is told so."""
        super().confirm_login_allowed(user)
        if text := access_over(user):
            raise forms.ValidationError(text)

    def clean_username(self) -> str:
        """No account has such a name, and the log of failures could not hold it."""
        name = str(self.cleaned_data["username"])
        if len(name) > LONGEST_NAME:
            raise self.get_invalid_login_error()
        return name


class SignIn(auth_views.LoginView):
    """The sign-in page; leads on to where the person wanted to go."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the identity providers one may sign in at instead."""
        return super().get_context_data(**kwargs) | {"providers": identity_providers.offered()}

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the second step; without a second factor the person is signed in."""
        return second_step.begin(self.request, form.get_user(), onward=self.get_success_url())


class SignOut(auth_views.LogoutView):
    """Ends the session (POST only) and says so on the sign-in page."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Log before the person is gone."""
        if request.user.is_authenticated:
            _log(request, "sign-out")
        answer = super().post(request, *args, **kwargs)
        messages.success(request, _("You have signed out."))
        return answer


def _log(request: HttpRequest, kind: str) -> None:
    user = request.user
    if isinstance(user, User):
        reference = getattr(request, "request_id", "")
        access.record(actor_of(user, request_id=reference), kind, user.pk)


@require_POST
@signed_in_or_401
def session(request: HttpRequest) -> HttpResponse:
    """Keep the session alive while someone types; tells whose it is."""
    return JsonResponse({"user": str(request.user.pk), "csrf": get_token(request)})


@unattended
@require_GET
@signed_in_or_401
def seconds_left(request: HttpRequest) -> HttpResponse:
    """How long the session still lives unless it is used, in this tab or another."""
    idle = clock.now().timestamp() - request.session.get("seen", 0)
    left = max(0, int(settings.SESSION_IDLE_SECONDS - idle))
    return JsonResponse({"user": str(request.user.pk), "left": left})


@login_not_required
@require_POST
@sensitive_post_parameters("password")
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Sign in over an open form; only the person the page belongs to (`user`) may.

    Whoever has a second factor gives a code with the password; both are wrong in one sentence.
    """
    name, password = request.POST.get("username", ""), request.POST.get("password", "")
    possible = len(name) <= LONGEST_NAME and "\x00" not in name + password
    user = authenticate(request, username=name, password=password) if possible else None
    if not isinstance(user, User) or str(user.pk) != request.POST.get("user"):
        return JsonResponse({"error": _("The password is wrong. Try again.")}, status=400)
    if text := access_over(user):
        return JsonResponse({"error": text}, status=400)
    how = "password"
    actor = second_step.acting(request, user)
    if second_factors.has_any(actor):
        proof = Proof(code=request.POST.get("code", "").replace("\x00", ""))
        try:
            how = f"password+{prove_at_sign_in(actor, user, proof=proof)}"
        except Refused as refused:
            lockout.note_failure(request, user.username)
            return JsonResponse({"error": str(refused)}, status=400)
    second_step.finish(request, user, how)
    return JsonResponse({"user": str(user.pk), "csrf": get_token(request)})


class NewPasswordForm(Form):
    """The new password twice; paste and password managers are welcome."""

    new_password1 = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        help_text=gettext_lazy(
            "At least 15 characters. A sentence is good; spaces and Chinese characters count."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "w-medium"}),
    )
    new_password2 = forms.CharField(
        label=gettext_lazy("New password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "w-medium"}),
    )

    def clean(self) -> dict[str, Any]:
        """Both new ones must be the same."""
        data = super().clean() or self.cleaned_data
        if data.get("new_password1") != data.get("new_password2"):
            self.add_error("new_password2", _("The two new passwords differ. Enter both again."))
        return data


class PasswordForm(NewPasswordForm):
    """The old password once, the new one twice."""

    old_password = forms.CharField(
        label=gettext_lazy("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "class": "w-medium"}),
    )
    field_order = ("old_password", "new_password1", "new_password2")


@sensitive_post_parameters()
def change_password(request: HttpRequest) -> HttpResponse:
    """Change one's own password and stay signed in here."""
    form = PasswordForm(request.POST or None)
    actor = cast(ActingRequest, request).actor
    user = queries.own(actor)
    if (
        user is not None
        and request.method == "POST"
        and not lockout.is_open(request, user.username)
    ):
        return lockout.locked(request)
    if user is not None and request.method == "POST" and form.is_valid():
        name = user.username

        def count(refused: Refused) -> None:
            if refused.code == "wrong_password":
                lockout.note_failure(request, name)

        with form.refusals(on_refusal=count):
            accounts.change_password(
                actor,
                user,
                old=form.cleaned_data["old_password"],
                new=form.cleaned_data["new_password1"],
                keep=request.session.session_key or "",
            )
            update_session_auth_hash(request, user)
            flash.saved(request, _("Your password is changed."))
            return redirect(reverse("landing"))
    return render(
        request, "registration/password_change_form.html", {"form": form}, status=form.status
    )


urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="login"),
    path("sign-out/", SignOut.as_view(), name="logout"),
    path("session/", session, name="session"),
    path("session/left/", seconds_left, name="session-left"),
    path("session/sign-in/", sign_in_again, name="session-sign-in"),
    path("account/password/", change_password, name="password-change"),
]
