"""Where partners send by AS2: no session and no form, the signature says who it is."""

import base64
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.problems import NotFound, Refused
from followup.core.row_security import contexts
from pv.actions import channel_messages
from pv.adapters.as2 import mime
from pv.queries import channels, transmissions


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a message or a receipt; a partner nobody entered looks like any missing page."""
    actor = Actor.process("exchange")
    contexts.become(actor)
    body = request.read(channel_messages.MOST_BYTES + 1)
    if len(body) > channel_messages.MOST_BYTES:
        return _plain("The message is too large.", 413)
    headers: dict[str, Any] = dict(request.headers)
    try:
        answer = channel_messages.receive(actor, headers, body)
    except Refused as refused:
        return _plain(str(refused), 422)
    if answer is None:
        return HttpResponse(status=204)
    response = HttpResponse(answer.body, content_type=answer.headers["Content-Type"])
    for name, value in answer.headers.items():
        response[name] = value
    return response


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


@require_GET
def receipt(request: HttpRequest, pk: str) -> HttpResponse:
    """The receipt of a receiver as it came, for whoever checks its signature elsewhere."""
    event = transmissions.event(cast(ActingRequest, request).actor, pk)
    if "receipt" not in event.details:
        raise NotFound()
    body = base64.b64decode(event.details["receipt"])
    kind = mime.unfolded(event.details["receipt_headers"]).get("Content-Type", "text/plain")
    content = mime.entity({"Content-Type": str(kind)}, body)
    response = HttpResponse(content, content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="receipt-{event.id}.eml"'
    return response


urlpatterns = [
    path(channels.AS2_ROUTE, receive, name="as2"),
    path("transmission-events/<uuid:pk>/receipt/", receipt, name="transmission-receipt"),
]
