"""The second step of signing in: nobody is signed in before it, and every way in leads here."""

from typing import Any, cast
from uuid import UUID

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib.auth import SESSION_KEY, login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from followup.actions import second_factors as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.models import User
from followup.core.security import access, lockout
from followup.core.security.accounts import actor_of
from followup.queries import accounts, identity_providers
from followup.queries import second_factors as queries
from followup.web import proofs

_PENDING = "second_step"
PASSWORD = "password"
BACKEND = "django.contrib.auth.backends.ModelBackend"


def acting(request: HttpRequest, user: User) -> Actor:
    """The person who is about to be signed in."""
    return actor_of(user, request_id=cast(ActingRequest, request).request_id)


def begin(
    request: HttpRequest, user: User, *, onward: str, how: str = PASSWORD, provider: str = ""
) -> HttpResponse:
    """After the first step: on to the second one, or signed in where there is none.

    The first step was the password, or the sign-in at an identity provider, which has a name.
    """
    actor = acting(request, user)
    if not queries.has_any(actor):
        finish(request, user, how, provider)
        return redirect(safe(request, onward))
    request.session.cycle_key()
    request.session[_PENDING] = {
        "user": str(user.pk),
        "password": user.get_session_auth_hash(),
        "at": clock.now().timestamp(),
        "onward": onward,
        "how": how,
        "provider": provider,
    }
    return redirect("second-step")


def finish(request: HttpRequest, user: User, how: str, provider: str = "") -> None:
    """Sign in, note by what, and whether the roles ask for a factor that is not there yet."""
    request.session.pop(_PENDING, None)
    request.session["device"] = request.META.get("HTTP_USER_AGENT", "")[:200]
    request.session["address"] = get_client_ip_address(request) or ""
    if SESSION_KEY in request.session:
        request.session.cycle_key()  # again over an open session: Django would keep its key
    login(request, user, backend=BACKEND)
    request.session["started"] = request.session["seen"] = int(clock.now().timestamp())
    actor = acting(request, user)
    request.session["signed_in_by"] = how
    request.session["provider"] = provider
    request.session["must_enrol"] = queries.must_enrol(actor)
    access.record(actor, "sign-in", user.pk, reason=f"{how} {provider}".strip())


class StepForm(proofs.ProofForm):
    """The code alone: the password was right a moment ago."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password"]


def _pending(request: HttpRequest) -> tuple[User, dict[str, str]] | None:
    """Who took the first step, and what was kept of it; None when it no longer counts.

    It is too long ago, or the password, the link or the provider it was taken by has changed.
    """
    kept = request.session.get(_PENDING)
    if not kept:
        return None
    user = accounts.own(Actor(id=UUID(kept["user"]), name=""))
    if user is None or not user.is_active:
        return None
    actor = acting(request, user)
    within = queries.rules(actor).answer_within
    late = clock.now().timestamp() - kept["at"] > within.total_seconds()
    same = constant_time_compare(kept["password"], user.get_session_auth_hash())
    if kept["provider"]:
        same = same and identity_providers.is_linked(actor, kept["provider"])
    return None if late or not same else (user, kept)


@login_not_required
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the code or the passkey; wrong ones count like wrong passwords."""
    pending = _pending(request)
    if pending is None:
        request.session.pop(_PENDING, None)
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?late=1")
    user, kept = pending
    ways = queries.ways(acting(request, user), proofs.host(request))
    form = StepForm(request.POST or None, ways=ways)
    if request.method == "POST":
        if not lockout.is_open(request, user.username):
            return lockout.locked(request)
        if form.is_valid():
            with form.refusals(on_refusal=lambda _: lockout.note_failure(request, user.username)):
                proof = proofs.proof(request, form.cleaned_data)
                how = actions.prove_at_sign_in(acting(request, user), user, proof=proof)
                finish(request, user, f"{kept['how']}+{how}", kept["provider"])
                return redirect(safe(request, kept["onward"]))
    context = {"form": form, "ways": ways, "options": proofs.ask_passkey(request, ways)}
    return render(request, "registration/second_step.html", context, status=form.status)


def safe(request: HttpRequest, onward: str) -> str:
    """An address of ours, or the first page."""
    ours = url_has_allowed_host_and_scheme(
        onward, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return onward if ours else "/"


urlpatterns = [path("sign-in/second-factor/", second_step, name="second-step")]
