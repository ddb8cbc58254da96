"""Message channels as read: rules, light, what they were given, which a person may choose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Max, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import MessageChannel, MessageCredential, MessageDelivery, User
from followup.core.problems import NotFound
from followup.core.security import secrets
from followup.domain.message_channels import ROBOTS, ChannelRules, MessageKind, read_message_rules
from followup.languages import is_chinese
from followup.queries import reference

DOCUMENT = "messages"
SHOWN = 20


class Light(StrEnum):
    """How a channel stands."""

    UNUSED = "unused"
    GOOD = "good"
    LAST_FAILED = "last_failed"  # it is tried again
    FAILING = "failing"  # a person is needed: reminders go by e-mail


@dataclass(frozen=True, slots=True)
class MessageChannelStanding:
    """A channel with what its light is made of."""

    channel: MessageChannel
    last_success: datetime | None
    last_failure: datetime | None

    @property
    def light(self) -> Light:
        """A channel that refused for good stays red until a test works."""
        if self.channel.failing_since is not None:
            return Light.FAILING
        if self.last_success is None and self.last_failure is None:
            return Light.UNUSED
        if self.last_success is None:
            return Light.LAST_FAILED
        if self.last_failure is not None and self.last_failure > self.last_success:
            return Light.LAST_FAILED
        return Light.GOOD


def all_rules() -> Mapping[MessageKind, ChannelRules]:
    """The rules of every kind, as loaded."""
    return read_message_rules(reference.document(Actor.process("messages"), DOCUMENT))


def kind_name(rules: ChannelRules, language: str) -> str:
    """The name of a kind."""
    return rules.zh if is_chinese(language) else rules.en


def standings(
    actor: Actor, channel: MessageChannel | None = None
) -> Sequence[MessageChannelStanding]:
    """The channels with their lights, by name; or one."""
    rows = scope.visible(actor, MessageChannel.objects.all()).order_by("name")
    if channel is not None:
        rows = rows.filter(id=channel.id)
    given = scope.visible(actor, MessageDelivery.objects.filter(ended_at__isnull=False))
    ends = {
        id: (success, failure)
        for id, success, failure in given.values_list("channel").annotate(
            success=Max("ended_at", filter=Q(state="sent")),
            failure=Max("ended_at", filter=~Q(state="sent")),
        )
    }
    return [MessageChannelStanding(row, *ends.get(row.id, (None, None))) for row in rows]


def one(actor: Actor, id: object) -> MessageChannel:
    """One channel; NotFound otherwise."""
    return scope.one(actor, MessageChannel.objects.all(), id=id)


def standing(actor: Actor, id: object) -> MessageChannelStanding:
    """One channel with its light; NotFound otherwise."""
    rows = standings(actor, one(actor, id))
    if not rows:
        raise NotFound()
    return rows[0]


def deliveries(actor: Actor, channel: MessageChannel) -> QuerySet[MessageDelivery]:
    """What a channel was given lately, the newest first."""
    rows = scope.visible(actor, MessageDelivery.objects.filter(channel=channel))
    return rows.select_related("begun_by").order_by("-begun_at", "-id")[:SHOWN]


def failures(channel: MessageChannel) -> int:
    """How many ended deliveries failed since a channel last took one."""
    rows = MessageDelivery.objects.filter(channel=channel, ended_at__isnull=False)
    last = rows.filter(state="sent").aggregate(at=Max("begun_at"))["at"]
    return (rows.filter(begun_at__gt=last) if last else rows).count()


def offered(actor: Actor, user: User) -> QuerySet[MessageChannel]:
    """The groups a person may have one's own reminders sent to; a closed one only stays chosen."""
    open_or_kept = Q(active=True) | Q(id=user.message_channel_id)
    rows = MessageChannel.objects.filter(open_or_kept, kind__in=[kind.value for kind in ROBOTS])
    return scope.visible(actor, rows).order_by("name")


def token_place(channel: MessageChannel) -> bytes:
    """What the key of a channel is bound to."""
    return secrets.associated_data("core_messagecredential", "token", channel.id, "")


def secret_place(channel: MessageChannel) -> bytes:
    """What the secret of a channel is bound to."""
    return secrets.associated_data("core_messagecredential", "secret", channel.id, "")


def opened(channel: MessageChannel) -> tuple[str, str]:
    """Key and signing secret, for the moment of sending; the secret is empty where there is none.

    `followup.core.security.secrets.Unreadable` when the identity keys do not open them.
    """
    row = MessageCredential.objects.get(channel=channel)
    token = secrets.decrypt(row.token_sealed, token_place(channel))
    sealed = row.secret_sealed
    return token, secrets.decrypt(sealed, secret_place(channel)) if sealed else ""
