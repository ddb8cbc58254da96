"""Certificates of a channel: ours made, brought and given out, the receiver's taken, any ended."""

from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import channel_certificates as actions
from pv.domain.e2b.channels import ChannelKind
from pv.queries import channel_certificates as queries
from pv.queries import channels
from pv.web.channel_forms import OwnForm, PartnerForm


def _channel(request: HttpRequest, pk: str) -> Any:
    channel = channels.one(cast(ActingRequest, request).actor, pk)
    if channel.kind != ChannelKind.AS2:
        raise NotFound()
    return channel


def _row(certificate: Any) -> dict[str, Any]:
    now = clock.now()
    if certificate.ended_at is not None:
        state = ("blocked", _("Ended"))
    elif certificate.valid_to < now:
        state = ("overdue", _("Has run out"))
    elif certificate.valid_from > now:
        state = ("open", _("Not valid yet"))
    else:
        state = ("done", _("In use"))
    return {"row": certificate, "state": state, "days": (certificate.valid_to - now).days}


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The certificates of both sides; a file posted here is taken for the side its button says."""
    actor = cast(ActingRequest, request).actor
    channel = _channel(request, pk)
    side = request.POST.get("side", "")
    partner = PartnerForm(*_bound(request, side == "theirs"))
    own = OwnForm(*_bound(request, side == "ours"))
    form = own if side == "ours" else partner
    if request.method == "POST":
        actor.require(Perm.EXCHANGE_WRITE)
        if form.is_valid():
            with form.refusals():
                _save(request, channel, form, side)
                flash.saved(request, _("The certificate is on the channel."))
                return redirect("channel-certificates", pk=channel.id)
    rows = [_row(each) for each in queries.listing(actor, channel)]
    used = queries.used(actor, channel)
    context = {
        "channel": channel,
        "sides": [
            (label, [each for each in rows if each["row"].side == code])
            for code, label in queries.Side.choices
        ],
        "used": used,
        "partner": partner,
        "own": own,
        "form": form,
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
    }
    return render(request, "pv/channels/certificates.html", context, status=form.status)


def _bound(request: HttpRequest, wanted: bool) -> tuple[Any, ...]:
    return (request.POST, request.FILES) if wanted else ()


def _save(request: HttpRequest, channel: Any, form: Any, side: str) -> None:
    actor = cast(ActingRequest, request).actor
    if side == "ours":
        data = form.cleaned_data["own_file"].read(actions.MOST_BYTES)
        actions.bring(actor, channel, data=data, password=form.cleaned_data["password"])
    else:
        actions.take(actor, channel, data=form.cleaned_data["certificate"].read(actions.MOST_BYTES))


@posted_from("channel-certificates")
def make(request: HttpRequest, pk: str) -> HttpResponse:
    """A new key of ours with its certificate."""
    channel = _channel(request, pk)
    actions.make(cast(ActingRequest, request).actor, channel)
    flash.saved(request, _("The key is made. Give its certificate to the receiver."))
    return redirect("channel-certificates", pk=channel.id)


@posted_from("channels", alone=True)
def end(request: HttpRequest, pk: str) -> HttpResponse:
    """Use a certificate no more."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    with button(request):
        actions.end(actor, row, reason=request.POST.get("reason", ""))
        flash.saved(request, _("The certificate is used no more."))
    return redirect("channel-certificates", pk=row.channel_id)


@require_GET
def download(request: HttpRequest, pk: str) -> HttpResponse:
    """A certificate as PEM, for the other side; never a key."""
    row = queries.one(cast(ActingRequest, request).actor, pk)
    text = x509.load_der_x509_certificate(bytes(row.content)).public_bytes(Encoding.PEM)
    response = HttpResponse(text, content_type="application/x-pem-file")
    name = f"{row.side}-{row.fingerprint[:12]}.pem"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


urlpatterns = [
    path("channels/<uuid:pk>/certificates/", page, name="channel-certificates"),
    path("channels/<uuid:pk>/certificates/make/", make, name="channel-certificate-make"),
    path("channel-certificates/<uuid:pk>/end/", end, name="channel-certificate-end"),
    path("channel-certificates/<uuid:pk>/file/", download, name="channel-certificate-file"),
]
