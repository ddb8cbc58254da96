"""Around every page: where a role lands, the language switch, one's own settings, help."""

from contextlib import suppress
from typing import cast

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from followup.actions import accounts
from followup.actions import message_channels as channels
from followup.core.forms import Form
from followup.core.http import flash, menus
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.models import User
from followup.core.problems import Denied, NotFound
from followup.queries import accounts as queries
from followup.queries import message_channels


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """Lead each role to what is due for it."""
    return redirect(menus.home(cast(ActingRequest, request).actor))


def _back(request: HttpRequest) -> str:
    """The page the person was on, if it is one of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else reverse("landing")


@login_not_required
@posted_from("landing", alone=True)
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language and stay on the page; kept with the user, and for the sign-in page."""
    chosen = request.POST.get("language", "")
    response = redirect(_back(request))
    if chosen not in dict(settings.LANGUAGES):
        return response
    actor = cast(ActingRequest, request).actor
    user = queries.own(actor)
    if user is not None:
        with suppress(Denied):  # a person without any role: the cookie alone remembers
            accounts.choose_language(actor, user, language=chosen)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=365 * 24 * 3600,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


class SettingsForm(Form):
    """One's own settings."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("As the browser prefers")), *User.Language.choices],
        required=False,
    )
    digit_keys = forms.BooleanField(
        label=gettext_lazy("Keyboard shortcuts and digit keys"),
        help_text=gettext_lazy(
            "Digits 1 to 9 answer the question that has the focus. The help page lists all keys."
        ),
        required=False,
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Reminders outside Everwatch"),
        help_text=gettext_lazy(
            "A group gets counts and a link in digests, never a name or a number. The bell tells "
            "everything in any case."
        ),
        required=False,
    )


def account(request: HttpRequest) -> HttpResponse:
    """My settings."""
    actor = cast(ActingRequest, request).actor
    user = queries.own(actor)
    if user is None:
        raise NotFound()
    chosen = str(user.message_channel_id or "")
    start = {"language": user.language, "digit_keys": user.digit_keys, "channel": chosen}
    form = SettingsForm(request.POST or None, initial=start)
    groups = list(message_channels.offered(actor, user))
    form.offer("channel", [("", _("By e-mail")), *((str(row.id), row.name) for row in groups)])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            channels.choose(actor, user, channel=form.cleaned_data["channel"])
            accounts.choose_keys(actor, user, digit_keys=form.cleaned_data["digit_keys"])
            accounts.choose_language(actor, user, language=form.cleaned_data["language"])
            if user.language:
                translation.activate(user.language)
            flash.saved(request, _("Your settings are saved."))
            return redirect(reverse("account"))
    mine = next((row for row in groups if str(row.id) == chosen), None)
    away = mine is not None and (not mine.active or mine.failing_since is not None)
    context = {"form": form, "failing": away, "by_mail": bool(user.email)}
    return render(request, "followup/account/settings.html", context, status=form.status)


@login_not_required
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Keys, marks, dates: what a newcomer asks."""
    return render(request, "followup/help/help.html", {"keys": KEYS})


KEYS: tuple[tuple[str, object], ...] = (
    ("/", gettext_lazy("Search for a patient, case or sample")),
    ("g w", gettext_lazy("Go to the worklist")),
    ("g p", gettext_lazy("Go to the patients")),
    ("g m", gettext_lazy("Go to the follow-up matrix")),
    ("g q", gettext_lazy("Go to the centre's quality")),
    ("g s", gettext_lazy("Go to the samples")),
    ("g c", gettext_lazy("Go to the cases")),
    ("g o", gettext_lazy("Go to the commitments")),
    ("g r", gettext_lazy("Go to the reports")),
    ("g l", gettext_lazy("Go to the laboratory")),
    ("g u", gettext_lazy("Go to the users")),
    ("g d", gettext_lazy("Go to the reference data")),
    ("j k", gettext_lazy("Next and previous row")),
    ("Enter", gettext_lazy("Open the row")),
    ("x", gettext_lazy("Tick the row")),
    ("c", gettext_lazy("Record a call for the row")),
    ("n", gettext_lazy("Not reached")),
    ("e", gettext_lazy("Validate and export the case")),
    ("d", gettext_lazy("Look at possible duplicates of the case")),
    ("[ ]", gettext_lazy("Previous and next item")),
    ("1 – 9", gettext_lazy("Answer the question that has the focus")),
    ("Ctrl + Enter", gettext_lazy("Save")),
    ("Ctrl + S", gettext_lazy("Keep the draft now")),
    ("Esc", gettext_lazy("Close a menu, focus goes back")),
    ("?", gettext_lazy("This list")),
)

urlpatterns = [
    path("", landing, name="landing"),
    path("language/", language, name="language"),
    path("account/", account, name="account"),
    path("help/", help_page, name="help"),
]
