"""What a receiver sent by AS2: what was refused is given out as it came, and read again."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import download_response
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from pv.actions import channel_messages as actions
from pv.domain.e2b.channels import REFUSED_KEPT_DAYS, ChannelKind
from pv.queries import channel_certificates as queries
from pv.queries import channels
from pv.web.channel_problems import refused_because


def told(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Messages with why they were refused, and what is left of them as they came."""
    return [
        {
            "row": row,
            "refused": "" if row.file_id else refused_because(row.disposition),
            "content": getattr(row, "content", None),
            "bytes_kept": row.bytes_kept,
        }
        for row in rows
    ]


@require_GET
def listing(request: HttpRequest, pk: str) -> HttpResponse:
    """All messages of a channel, or those that are still refused, the newest first."""
    actor = cast(ActingRequest, request).actor
    channel = channels.one(actor, pk)
    refused = request.GET.get("show") == "refused"
    page = queries.messages(actor, channel, key=request.GET.get("after", ""), refused=refused)
    context = {
        "channel": channel,
        "arrived": told(page.items),
        "next_key": page.next_key,
        "refused_only": refused,
        "kept_days": REFUSED_KEPT_DAYS,
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
        "may_read_again": channel.kind == ChannelKind.AS2,
    }
    return render(request, "pv/channels/messages.html", context)


@require_GET
def content(request: HttpRequest, pk: str) -> HttpResponse:
    """A refused message as it came, headers first."""
    actor = cast(ActingRequest, request).actor
    row = queries.one_message(actor, pk)
    return download_response(queries.open_content(actor, row), f"message-{row.id}.eml")


@posted_from("channels", alone=True)
def read_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Open a refused message with the keys of today."""
    actor = cast(ActingRequest, request).actor
    row = queries.one_message(actor, pk)
    with button(request):
        actions.read_again(actor, row)
        flash.saved(request, _("The message is read; its file is worked within a minute."))
    return redirect("channel-messages", pk=row.channel_id)


urlpatterns = [
    path("channels/<uuid:pk>/messages/", listing, name="channel-messages"),
    path("channel-messages/<uuid:pk>/file/", content, name="channel-message-file"),
    path("channel-messages/<uuid:pk>/read/", read_again, name="channel-message-read"),
]
