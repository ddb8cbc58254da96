"""Drafts of forms: autosave, what a page offers to keep or discard, the list of one's own.

A draft never fills a form unasked: the page says since when it waits, and shows it after "keep".
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from followup.actions import drafts as actions
from followup.core import clock
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.identifiers import read_uuid, uuid7
from followup.core.models import Draft
from followup.queries import drafts as queries
from followup.web.signin import signed_in_or_401

_SECRET = ("csrfmiddlewaretoken", "password")
ASKED = "draft"  # the parameter of a page that was pressed to keep a draft
OFFERED = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits: since when, and the page that takes it up."""

    id: UUID
    label: str
    saved_at: datetime
    href: str
    discard: str
    to_second: bool = False  # where two wait since one minute

    @property
    def when(self) -> str:
        """Since when: the time of day, before today with its date."""
        local = localtime(self.saved_at)
        hour = "%H:%M:%S" if self.to_second else "%H:%M"
        return local.strftime(hour if local.date() == clock.today() else f"%Y-%m-%d {hour}")


@dataclass(frozen=True, slots=True)
class FormDraft:
    """The draft of one opened form: what was kept of it, and what else waits.

    `values` is empty until the person pressed "keep"; use `under` for the forms with a prefix.
    """

    form: str
    subject: str
    id: UUID
    tab: str
    base: str
    values: dict[str, str | list[str]]
    kept: Waiting | None
    waiting: tuple[Waiting, ...]
    page: str

    @property
    def address(self) -> str:
        """Where the script posts what is typed."""
        return reverse("draft", args=[self.form, self.subject])

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What else the URL of the page says."""
        return parse_qsl(urlsplit(self.page).query, keep_blank_values=True)

    def under(self, prefix: str) -> dict[str, str | list[str]]:
        """The values of a form beside, by the names of its fields."""
        lead = f"{prefix}-"
        return {k.removeprefix(lead): v for k, v in self.values.items() if k.startswith(lead)}


def of(request: HttpRequest, form: str, subject: str) -> FormDraft:
    """The draft of the form a page opens. Hand it to the template as `draft`."""
    actor = cast(ActingRequest, request).actor
    posted = request.method == "POST"
    named = read_uuid(
        (request.POST if posted else request.GET).get("_draft" if posted else ASKED, "")
    )
    row = queries.one(actor, form, subject, named) if named else None
    page = _without(request.get_full_path())
    others: list[Draft] = []
    if not posted:
        others = list(queries.of(actor, form, subject)[: OFFERED + 1])
    shown = row if not posted else None
    values = queries.typed(shown) if shown else {}
    return FormDraft(
        form=form,
        subject=subject,
        id=row.id if row else (named if posted and named else uuid7()),
        tab=uuid7().hex,
        base=queries.state(row) if row else "",
        values={k: v[0] if len(v) == 1 else v for k, v in values.items()},
        kept=_waiting(shown, page) if shown else None,
        waiting=_told_apart(_waiting(d, page) for d in others if row is None or d.id != row.id),
        page=page,
    )


def saved(request: HttpRequest, draft: FormDraft) -> None:
    """The form was saved: its own draft is forgotten, that of another tab stays."""
    actor = cast(ActingRequest, request).actor
    actions.discard(actor, form=draft.form, subject=draft.subject, draft=draft.id)


def _told_apart(found: Iterable[Waiting]) -> tuple[Waiting, ...]:
    """The first of those that wait; those of one minute say the second too."""
    shown = list(islice(found, OFFERED))
    times = Counter(waiting.when for waiting in shown)
    return tuple(replace(each, to_second=times[each.when] > 1) for each in shown)


def _waiting(draft: Draft, page: str) -> Waiting:
    return Waiting(
        draft.id,
        draft.label,
        draft.saved_at,
        _without(page, draft.id),
        reverse("draft-discard", args=[draft.form, draft.subject]),
    )


def _without(address: str, draft: UUID | None = None) -> str:
    """The URL of a page without the draft it keeps, or with another."""
    parts = urlsplit(address)
    pairs = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != ASKED]
    if draft:
        pairs.append((ASKED, str(draft)))
    return f"{parts.path}?{urlencode(pairs)}" if pairs else parts.path


@sensitive_post_parameters()
@signed_in_or_401
@require_POST
def save(request: HttpRequest, form: str, subject: str) -> HttpResponse:
    """Keep what was typed; answers `{message}` for the line beside the save button."""
    sent = request.POST
    draft = actions.save(
        cast(ActingRequest, request).actor,
        form=form,
        subject=subject,
        fields={k: sent.getlist(k) for k in sent if k not in _SECRET and not k.startswith("_")},
        address=own_address(sent.get("_address", "")),
        label=sent.get("_label", ""),
        base_version=sent.get("version", ""),
        page=actions.Page(
            read_uuid(sent.get("_draft", "")), sent.get("_tab", "")[:40], sent.get("_base", "")
        ),
    )
    time = localtime(draft.saved_at).strftime("%H:%M")
    return JsonResponse(
        {
            "message": _("Draft saved %(time)s") % {"time": time},
            "draft": str(draft.id),
            "base": queries.state(draft),
        }
    )


def own_address(address: str) -> str:
    """Only a path of this site may come back as a link."""
    own = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if own else "/"


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """My drafts."""
    rows = queries.mine(cast(ActingRequest, request).actor)[:200]
    drafts = [_waiting(draft, draft.address) for draft in rows]
    return render(request, "followup/drafts/list.html", {"drafts": drafts})


@sensitive_post_parameters()
@posted_from("drafts", alone=True)
def discard(request: HttpRequest, form: str, subject: str) -> HttpResponse:
    """Throw a draft away, or all of the form; back to the page that asked, or to the list."""
    draft = read_uuid(request.POST.get("_draft", ""))
    actor = cast(ActingRequest, request).actor
    actions.discard(actor, form=form, subject=subject, draft=draft)
    leave = request.POST.get("_leave", "")
    if leave:
        flash.note(request, _("Nothing was saved; the draft is discarded."))
    return redirect(own_address(leave) if leave else reverse("drafts"))


urlpatterns = [
    path("drafts/", mine, name="drafts"),
    path("drafts/<slug:form>/<slug:subject>/", save, name="draft"),
    path("drafts/<slug:form>/<slug:subject>/discard/", discard, name="draft-discard"),
]
