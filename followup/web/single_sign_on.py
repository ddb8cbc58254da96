"""Single sign-on: to an identity provider and back, signed in or with a plain reason why not."""

import logging
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.actions import linked_accounts as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.models import IdentityProvider, LinkedAccount, User
from followup.core.security import access, lockout, openid
from followup.core.security.openid import Attempt, Failed
from followup.domain import identity_providers as domain
from followup.queries import identity_providers as queries
from followup.queries import second_factors
from followup.web import proofs, second_step
from followup.web.signin import access_over

logger = logging.getLogger("everwatch.sign_in")
_PENDING = "single_sign_on"
BY_PROVIDER, WITH_ITS_FACTOR = "provider", "provider+provider"
_SIGN_IN = Actor.process("sign-in")


def callback(request: HttpRequest, provider: IdentityProvider) -> str:
    """The address of ours people come back to, by the host name they use."""
    return request.build_absolute_uri(reverse("single-sign-on-answer", args=[provider.id]))


def _client(request: HttpRequest, provider: IdentityProvider) -> openid.Client:
    return queries.client(provider, callback(request, provider))


def send(
    request: HttpRequest, provider: IdentityProvider, *, onward: str = "", link: str = ""
) -> HttpResponse:
    """Send the browser to the provider; what only this browser may answer is in its session.

    `link` is the user who links an account: a sign-in that is open there does not count for it.
    """
    attempt = Attempt.begin(0 if link else provider.longest_minutes * 60)
    try:
        address = openid.ask(_client(request, provider), attempt, again=bool(link))
    except Failed as failed:
        return _refused(request, provider, failed.code, str(failed))
    request.session[_PENDING] = {
        "provider": str(provider.id),
        "attempt": attempt.kept(),
        "at": clock.now().timestamp(),
        "onward": onward,
        "link": link,
    }
    return redirect(address)


def _pressed(request: HttpRequest) -> bool:
    """Whether a person pressed a link of ours: a browser says so, an older one names our page.

    Source: W3C Fetch Metadata Request Headers, 2.3 (site) and 2.4 (user).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin" and request.headers.get("Sec-Fetch-User") == "?1"
    page = request.headers.get("Referer", "")
    secure = request.is_secure()
    return bool(page) and url_has_allowed_host_and_scheme(
        page, allowed_hosts={request.get_host()}, require_https=secure
    )


@login_not_required
@require_GET
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """From the sign-in page to the provider; who comes from elsewhere presses once on a page of
    ours, so that no other site begins a session (OWASP ASVS 5.0, 7.6.2).
    """
    provider = queries.offered_one(pk)
    onward = second_step.safe(request, request.GET.get("next", "").replace("\x00", ""))
    if request.user.is_authenticated:
        return redirect(onward)
    if not _pressed(request):
        context = {"provider": provider, "next": onward}
        return render(request, "registration/single_sign_on_press.html", context)
    return send(request, provider, onward=onward)


@login_not_required
@require_GET
def answered(request: HttpRequest, pk: str) -> HttpResponse:
    """Back from the provider: the answer is taken once, by the browser that asked."""
    provider = queries.offered_one(pk)
    kept = request.session.pop(_PENDING, None) or {}
    within = second_factors.rules(_SIGN_IN).answer_within.total_seconds()
    late = clock.now().timestamp() - kept.get("at", 0) > within
    if late or kept["provider"] != str(provider.id):
        return _refused(request, provider, "late")
    link = kept["link"]
    if bool(link) is not request.user.is_authenticated or (link and link != str(request.user.pk)):
        return _refused(request, provider, "late")
    try:
        claims = openid.answer(
            _client(request, provider),
            Attempt(**kept["attempt"]),
            request.GET.dict(),
            now=int(clock.now().timestamp()),
        )
    except Failed as failed:
        return _refused(request, provider, failed.code, str(failed))
    subject = domain.subject(claims, provider.subject_claim)
    if not subject:
        return _refused(request, provider, "nameless")
    if link:
        return _link(request, provider, subject)
    return _sign_in(request, provider, subject, claims, kept["onward"])


def _sign_in(
    request: HttpRequest,
    provider: IdentityProvider,
    subject: str,
    claims: dict[str, Any],
    onward: str,
) -> HttpResponse:
    account = queries.account_of(provider, subject)
    if account is None:
        return _refused(request, provider, "stranger", subject=subject)
    user = account.user
    if not user.is_active:
        return _refused(request, provider, "closed", user=user)
    if text := access_over(user):
        return _refused(request, provider, "over", user=user, text=text)
    if not lockout.is_open(request, user.username):
        return lockout.locked(request)
    stated = domain.states_groups(claims, provider.groups_claim)
    groups = domain.groups(claims, provider.groups_claim) if stated else None
    actions.note_groups(second_step.acting(request, user), account, groups=groups)
    if _factor_is_theirs(provider, account, claims):
        second_step.finish(request, user, WITH_ITS_FACTOR, provider.name)
        return redirect(onward)
    return second_step.begin(request, user, onward=onward, how=BY_PROVIDER, provider=provider.name)


def _factor_is_theirs(
    provider: IdentityProvider, account: LinkedAccount, claims: dict[str, Any]
) -> bool:
    """Whether the provider's second factor stands for ours: accepted, stated, linked in person."""
    own = account.linked_by_id == account.user_id
    return own and domain.states_second_factor(claims, provider.accepted)


def _link(request: HttpRequest, provider: IdentityProvider, subject: str) -> HttpResponse:
    actor, user = proofs.who(request)
    with button(request):
        here = request.session.session_key or ""
        actions.link_own(actor, user, provider=provider, subject=subject, keep=here)
        flash.saved(request, _("The account is linked: from now on you can sign in with it."))
    return redirect("linked-accounts")


def _reasons(provider: IdentityProvider) -> dict[str, str]:
    name = {"provider": provider.name}
    return {
        "unreachable": _(
            "%(provider)s does not answer. Try again later, or sign in with your password."
        )
        % name,
        "cancelled": _(
            "You did not sign in at %(provider)s. Try again, or sign in with your password."
        )
        % name,
        "late": _(
            "This sign-in was begun in another window or too long ago. Begin again from the "
            "sign-in page."
        ),
        "untrue": _(
            "What %(provider)s answered could not be verified, so nothing was opened. "
            "Begin again; if it stays so, tell an administrator."
        )
        % name,
        "nameless": _("%(provider)s did not say the number it knows you by. Tell an administrator.")
        % name,
        "stranger": _(
            "%(provider)s knows you, but no account here is linked to you. Sign in with "
            "your password and link it under your settings, or tell an administrator "
            "your number."
        )
        % name,
        "closed": _("Your account is closed. Ask an administrator if you still need it."),
    }


def _refused(
    request: HttpRequest,
    provider: IdentityProvider,
    code: str,
    detail: str = "",
    *,
    text: str = "",
    subject: str = "",
    user: User | None = None,
) -> HttpResponse:
    """A page that says why nothing was opened, and what to do; the log and the trail say it too."""
    reference = cast(ActingRequest, request).request_id
    logger.warning(
        "single sign-on refused", extra={"request_id": reference, "code": code, "detail": detail}
    )
    if code in {"untrue", "stranger", "closed", "over"}:
        actor = second_step.acting(request, user) if user else _SIGN_IN
        access.record(actor, "sign-in.refused", provider.id, reason=code)
    context = {
        "provider": provider,
        "reason": text or _reasons(provider)[code],
        "subject": subject,
        "reference": reference,
    }
    status = 503 if code == "unreachable" else 403
    return render(request, "registration/single_sign_on.html", context, status=status)


urlpatterns = [
    path("sign-in/with/<uuid:pk>/", start, name="single-sign-on"),
    path("sign-in/with/<uuid:pk>/answer/", answered, name="single-sign-on-answer"),
]
