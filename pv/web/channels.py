"""Channels to receivers: how each stands, entered, changed and tested by an administrator."""

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from pv.actions import channels as actions
from pv.actions import sendings
from pv.domain.e2b.channels import SIGNING_IN, ChannelKind, Environment, Light
from pv.queries import cases, channel_certificates, rules
from pv.queries import channels as queries
from pv.web import channel_forms as forms
from pv.web import channel_messages
from pv.web.channel_forms import ENVIRONMENTS, KINDS
from pv.web.channel_problems import in_words
from pv.web.transmissions import pressed, shown

LIGHTS = {
    Light.UNUSED: ("open", pgettext_lazy("channel light", "Not used yet")),
    Light.GOOD: ("done", pgettext_lazy("channel light", "All well")),
    Light.SOON: ("due", pgettext_lazy("channel light", "Look soon")),
    Light.NOW: ("overdue", pgettext_lazy("channel light", "Look now")),
}


def _shown(standing: queries.ChannelStanding, receivers: dict[str, str]) -> dict[str, Any]:
    channel = standing.channel
    status, words = LIGHTS[standing.light]
    return {
        "standing": standing,
        "channel": channel,
        "status": status,
        "words": words,
        "kind": KINDS[ChannelKind(channel.kind)],
        "environment": ENVIRONMENTS[Environment(channel.environment)],
        "receiver": _receiver(channel, receivers),
    }


def _receiver(channel: Any, receivers: Mapping[str, str]) -> str:
    """The receiver a channel leads to, with the partner it is bound to."""
    name = receivers.get(channel.profile, channel.profile)
    return f"{name} · {channel.partner}" if channel.partner else name


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All channels with their lights."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_READ)
    receivers, today = rules.receiver_names(), clock.today()
    context = {
        "rows": [_shown(each, receivers) for each in queries.standings(actor, today=today)],
        "today": today,
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
    }
    return render(request, "pv/channels/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a channel."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_WRITE)
    kind = _kind(request.GET.get("kind", ""))
    if kind is None:
        kinds = [(code.value, KINDS[code], forms.NEW[code].purpose) for code in ChannelKind]
        return render(request, "pv/channels/kinds.html", {"kinds": kinds})
    form = forms.NEW[kind](request.POST or None)
    form.offer("profile", [("", "—"), *rules.receiver_names().items()])
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with form.refusals():
            made = actions.add(
                actor,
                name=values["name"],
                kind=kind.value,
                environment=values["environment"],
                profile=values["profile"],
                partner=values["partner"],
                settings=forms.settings_of(form, kind),
            )
            flash.saved(request, _("The channel is entered; test it before it is used."))
            return redirect("channel", pk=made.id)
    context = {"form": form, "kind": KINDS[kind]}
    return render(request, "pv/channels/new.html", context, status=form.status)


def _kind(text: str) -> ChannelKind | None:
    return ChannelKind(text) if text in {each.value for each in ChannelKind} else None


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One channel: how it stands, its tests, its settings."""
    actor = cast(ActingRequest, request).actor
    standing = queries.standing(actor, pk, today=clock.today())
    channel = standing.channel
    kind = ChannelKind(channel.kind)
    initial = {"name": channel.name, "active": channel.active, "version": channel.version}
    initial |= forms.initial_of(kind, channel.settings)
    form = forms.CHANGE[kind](request.POST or None, initial=initial)
    if channel.partner or not queries.leads_to_partners(channel):
        del form.fields["partner"]  # it was said once, or there is nobody to name
    if request.method == "POST":
        actor.require(Perm.EXCHANGE_WRITE)
        if form.is_valid():
            stale = _("Somebody else has changed this channel meanwhile: look again.")
            with form.refusals(stale=stale):
                actions.change(
                    actor,
                    channel,
                    name=form.cleaned_data["name"],
                    settings=forms.settings_of(form, kind),
                    active=form.cleaned_data["active"],
                    partner=form.cleaned_data.get("partner", ""),
                    version=form.cleaned_data["version"],
                )
                flash.saved(request, _("Saved."))
                return redirect("channel", pk=channel.id)
    context = {
        **_shown(standing, rules.receiver_names()),
        "form": form,
        "tests": [(row, in_words(row.text)) for row in queries.tests(actor, channel)],
        "today": clock.today(),
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
        "settings": _settings(form),
        "has_keys": kind is ChannelKind.AS2,
        "arrived": channel_messages.told(channel_certificates.messages(actor, channel).items),
        "may_read_again": kind is ChannelKind.AS2,
        "signs_in": kind in SIGNING_IN,
        "is_client": kind is ChannelKind.FDA,
    }
    return render(request, "pv/channels/detail.html", context, status=form.status)


def _settings(form: Any) -> list[tuple[str, str]]:
    """What the kind of the channel needs, in words; name and state stand above."""
    rows = [field for field in form.visible_fields() if field.name not in {"name", "active"}]
    words = [dict(getattr(field.field, "choices", ())) for field in rows]
    return [
        (field.label, str(known.get(field.value(), field.value())))
        for field, known in zip(rows, words, strict=True)
    ]


@posted_from("channel")
def test(request: HttpRequest, pk: str) -> HttpResponse:
    """Try the channel; nothing of a patient travels."""
    actor = cast(ActingRequest, request).actor
    done = actions.test(actor, queries.one(actor, pk))
    if done.passed:
        flash.saved(request, _("The channel works."))
    else:
        flash.warn(
            request, _("The channel does not work: %(text)s") % {"text": in_words(done.text)}
        )
    return redirect("channel", pk=pk)


@posted_from("transmission")
def send(request: HttpRequest, pk: str) -> HttpResponse:
    """Hand a released file to a channel."""
    actor = cast(ActingRequest, request).actor
    row = cases.submission(actor, pk)
    offered = {str(channel.id): channel for channel in queries.offered(actor, row)}
    channel = offered.get(request.POST.get("channel", ""))
    if channel is None:
        return shown(request, pk, problem=_("Choose the channel."))
    return pressed(
        request,
        pk,
        lambda actor, row, reason: sendings.queue(actor, row, channel=channel, reason=reason),
        _("The file waits for its turn; it leaves within a minute."),
    )


@posted_from("transmission")
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Retract a file from the queue."""
    return pressed(
        request,
        pk,
        lambda actor, row, reason: sendings.withdraw(actor, row, reason=reason),
        _("The file will not be sent."),
    )


urlpatterns = [
    path("channels/", listing, name="channels"),
    path("channels/new/", new, name="channel-new"),
    path("channels/<uuid:pk>/", detail, name="channel"),
    path("channels/<uuid:pk>/test/", test, name="channel-test"),
    path("submissions/<uuid:pk>/send/", send, name="transmission-send"),
    path("submissions/<uuid:pk>/withdraw/", withdraw, name="transmission-withdraw"),
]
