"""Autosave of forms: the address the script posts to, and the list of one's drafts."""

from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from followup.actions import drafts as actions
from followup.core.requests import ActingRequest
from followup.queries import drafts as queries
from followup.web.signin import signed_in_or_401

_SECRET = ("csrfmiddlewaretoken", "password", "_address", "_label")


@sensitive_post_parameters()
@signed_in_or_401
@require_POST
def keep(request: HttpRequest, form: str, subject: str) -> HttpResponse:
    """Keep what was typed; answers `{message}` for the line beside the save button."""
    draft = actions.keep(
        cast(ActingRequest, request).actor,
        form=form,
        subject=subject,
        fields={k: request.POST.getlist(k) for k in request.POST if k not in _SECRET},
        address=_own_address(request.POST.get("_address", "")),
        label=request.POST.get("_label", ""),
        base_version=request.POST.get("version", ""),
    )
    time = localtime(draft.saved_at).strftime("%H:%M")
    return JsonResponse({"message": _("Draft saved %(time)s") % {"time": time}})


def _own_address(address: str) -> str:
    """Only a path of this site may come back as a link."""
    return address if address.startswith("/") and not address.startswith("//") else "/"


def typed(request: HttpRequest, form: str, subject: str) -> dict[str, str | list[str]]:
    """What the actor has typed into this form before, for `initial=`; empty without a draft."""
    draft = queries.of(cast(ActingRequest, request).actor, form, subject)
    if draft is None:
        return {}
    return {k: v[0] if len(v) == 1 else v for k, v in queries.typed(draft).items()}


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """My drafts."""
    drafts = queries.mine(cast(ActingRequest, request).actor)
    return render(request, "followup/drafts/list.html", {"drafts": drafts[:200]})


@require_POST
def discard(request: HttpRequest, form: str, subject: str) -> HttpResponse:
    """Throw a draft away and go back to the list."""
    actions.discard(cast(ActingRequest, request).actor, form=form, subject=subject)
    return redirect(reverse("drafts"))


urlpatterns = [
    path("drafts/", mine, name="drafts"),
    path("drafts/<slug:form>/<slug:subject>/", keep, name="draft"),
    path("drafts/<slug:form>/<slug:subject>/discard/", discard, name="draft-discard"),
]
