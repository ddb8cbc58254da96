"""Message channels: how each stands, entered, changed and tested by an administrator."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import message_channels as actions
from followup.actions.notices import digests
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.models import MessageChannel, MessageDelivery
from followup.core.permissions import Perm
from followup.domain.message_channels import ROBOTS, ChannelRules, MessageKind
from followup.queries import message_channels as queries
from followup.queries.message_channels import Light
from followup.web.transport_words import in_words, joined

LIGHTS = {
    Light.UNUSED: ("open", pgettext_lazy("channel light", "Not used yet")),
    Light.GOOD: ("done", pgettext_lazy("channel light", "All well")),
    Light.LAST_FAILED: ("due", pgettext_lazy("channel light", "The last message failed")),
    Light.FAILING: ("overdue", pgettext_lazy("channel light", "Refuses: mail goes instead")),
}
OUTCOMES = {
    "sending": ("due", pgettext_lazy("message delivery", "Interrupted: it may have arrived")),
    "sent": ("done", pgettext_lazy("message delivery", "Taken")),
    "refused": ("failed", pgettext_lazy("message delivery", "Refused")),
    "later": ("due", pgettext_lazy("message delivery", "Not taken, tried again")),
    "unknown": ("due", pgettext_lazy("message delivery", "It may have arrived, tried again")),
}

# A test is sent once.
TESTED = OUTCOMES | {
    "later": ("due", pgettext_lazy("message delivery", "Not taken")),
    "unknown": ("due", pgettext_lazy("message delivery", "It may have arrived")),
}


def _came_of(row: MessageDelivery) -> tuple[str, Any, str]:
    """Tone and words of a delivery, and what the other side or the network said."""
    outcomes = TESTED if row.purpose == MessageDelivery.Purpose.TEST else OUTCOMES
    return (*outcomes[row.state], in_words(row.text))


class ChannelForm(Form):
    """What an administrator copies from the settings of a robot or a gateway."""

    name = forms.CharField(
        label=gettext_lazy("Name of the channel"),
        max_length=80,
        help_text=gettext_lazy("As people choose it, for example the name of the group."),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy(
            "Copy the whole address with its key, beginning with https://. The key is kept "
            "encrypted and not shown again."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
    )
    token = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Only where the address does not hold it."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    secret = forms.CharField(
        label=gettext_lazy("Signing secret"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Of a DingTalk robot that asks for signatures."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the messages"),
        choices=[("", "—"), *MessageChannel.Language.choices],
    )

    def suit(self, kind: MessageKind, rules: ChannelRules) -> None:
        """Ask what a channel of this kind has: only a robot's address holds its key."""
        if not rules.signed_hours:
            self.fields["secret"].widget = forms.HiddenInput()
        if kind not in ROBOTS:
            self.fields["address"].help_text = _(
                "Beginning with https://, without a key: the address is shown here and kept "
                "as it is."
            )
            self.fields["token"].help_text = _("It is kept encrypted and not shown again.")


class ChangeForm(ChannelForm):
    """A channel that is there; a closed one carries nothing."""

    active = forms.BooleanField(label=gettext_lazy("The channel is open"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


def _shown(standing: queries.MessageChannelStanding, rules: ChannelRules) -> dict[str, Any]:
    status, words = LIGHTS[standing.light]
    return {
        "standing": standing,
        "channel": standing.channel,
        "status": status,
        "words": words,
        "kind": queries.kind_name(rules, get_language() or ""),
    }


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """All channels with their lights."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_READ)
    rules = queries.all_rules()
    context = {
        "rows": [
            _shown(each, rules[MessageKind(each.channel.kind)]) for each in queries.standings(actor)
        ],
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
    }
    return render(request, "followup/message_channels/list.html", context)


@sensitive_post_parameters("address", "token", "secret")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a channel: first its kind, then its address."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_WRITE)
    all_rules, kind = queries.all_rules(), request.GET.get("kind", "")
    language = get_language() or ""
    if kind not in {each.value for each in MessageKind}:
        kinds = [(code.value, queries.kind_name(all_rules[code], language)) for code in MessageKind]
        return render(request, "followup/message_channels/kinds.html", {"kinds": kinds})
    rules = all_rules[MessageKind(kind)]
    form = ChannelForm(request.POST or None)
    form.suit(MessageKind(kind), rules)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            made = actions.add(actor, kind=kind, **form.cleaned_data)
            flash.saved(request, _("The channel is entered; test it before it is used."))
            return redirect("message-channel", pk=made.id)
    context = {"form": form, "kind": queries.kind_name(rules, language)}
    return render(request, "followup/message_channels/new.html", context, status=form.status)


@sensitive_post_parameters("address", "token", "secret")
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One channel: how it stands, what it was given, its settings."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_READ)
    standing = queries.standing(actor, pk)
    channel = standing.channel
    names = ("name", "address", "language", "active", "version")
    form = ChangeForm(
        request.POST or None, initial={name: getattr(channel, name) for name in names}
    )
    rules = queries.all_rules()[MessageKind(channel.kind)]
    form.suit(MessageKind(channel.kind), rules)
    if request.method == "POST":
        actor.require(Perm.EXCHANGE_WRITE)
        if form.is_valid():
            stale = _("Somebody else has changed this channel meanwhile: look again.")
            with form.refusals(stale=stale):
                actions.change(actor, channel, **form.cleaned_data)
                flash.saved(request, _("Saved."))
                return redirect("message-channel", pk=channel.id)
    context = {
        **_shown(standing, rules),
        "form": form,
        "deliveries": [(row, *_came_of(row)) for row in queries.deliveries(actor, channel)],
        "may_write": actor.may(Perm.EXCHANGE_WRITE),
    }
    return render(request, "followup/message_channels/detail.html", context, status=form.status)


@posted_from("message-channel")
def test(request: HttpRequest, pk: str) -> HttpResponse:
    """Send a line that says it is a test."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EXCHANGE_WRITE)
    with button(request):
        _say(request, digests.test(actor, queries.one(actor, pk)))
    return redirect("message-channel", pk=pk)


def _say(request: HttpRequest, done: MessageDelivery) -> None:
    """What came of a test."""
    if done.state == MessageDelivery.State.SENT:
        flash.saved(request, _("The channel took the test message."))
    else:
        _tone, outcome, text = _came_of(done)
        words = joined(str(outcome), text)
        flash.warn(request, _("The test message did not go through: %(text)s") % {"text": words})


urlpatterns = [
    path("message-channels/", listing, name="message-channels"),
    path("message-channels/new/", new, name="message-channel-new"),
    path("message-channels/<uuid:pk>/", detail, name="message-channel"),
    path("message-channels/<uuid:pk>/test/", test, name="message-channel-test"),
]
