"""How we sign in at the other side: a key, password or client is set, never shown again."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import channel_credentials as actions
from pv.adapters import ssh_keys
from pv.domain.e2b.channels import SIGNING_IN, ChannelKind
from pv.queries import channel_credentials as queries
from pv.queries import channels
from pv.web.channel_forms import ClientForm, KeyForm, PasswordForm


def _channel(request: HttpRequest, pk: str) -> Any:
    channel = channels.one(cast(ActingRequest, request).actor, pk)
    if channel.kind not in SIGNING_IN:
        raise NotFound()
    return channel


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The credential of a channel; what is posted is a key or a password, as its button says."""
    actor = cast(ActingRequest, request).actor
    channel = _channel(request, pk)
    way = request.POST.get("way", "")
    key = KeyForm(request.POST if way == "key" else None)
    password = PasswordForm(request.POST if way == "password" else None)
    client = ClientForm(request.POST if way == "client" else None)
    ways = {"password": password, "client": client}
    form: Any = ways.get(way, key)
    if request.method == "POST":
        actor.require(Perm.EXCHANGE_WRITE)
        if form.is_valid():
            with form.refusals():
                if way == "client":
                    actions.set_client(actor, channel, **form.cleaned_data)
                elif way == "password":
                    actions.set_password(actor, channel, **form.cleaned_data)
                else:
                    actions.bring(actor, channel, **form.cleaned_data)
                flash.saved(request, _("Saved; it is not shown again. Test the channel now."))
                return redirect("channel-credential", pk=channel.id)
    row = queries.of_channel(actor, channel)
    context = {
        "channel": channel,
        "row": row,
        "form": form,
        "is_client": channel.kind == ChannelKind.FDA,
        "fingerprint": ssh_keys.fingerprint(row.shown)
        if row and row.shown and channel.kind == ChannelKind.SFTP
        else "",
        "server_keys": [
            (each, ssh_keys.fingerprint(each)) for each in channel.settings.get("host_keys", ())
        ],
        "key": key,
        "client": client,
        "password": password,
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
    }
    return render(request, "pv/channels/credential.html", context, status=form.status)


@posted_from("channel-credential")
def make(request: HttpRequest, pk: str) -> HttpResponse:
    """A new key of ours."""
    channel = _channel(request, pk)
    actions.make(cast(ActingRequest, request).actor, channel)
    flash.saved(request, _("The key is made. Give its public line to the receiver."))
    return redirect("channel-credential", pk=channel.id)


urlpatterns = [
    path("channels/<uuid:pk>/credential/", page, name="channel-credential"),
    path("channels/<uuid:pk>/credential/make/", make, name="channel-credential-make"),
]
