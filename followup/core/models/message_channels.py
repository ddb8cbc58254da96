"""Channels that carry reminders to groups and messages to persons, their secrets, what went out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope


class MessageChannel(models.Model):
    """A robot of a group or an interface to patients, as an administrator entered it; no secret.

    People choose one for their own reminders, so everybody may read its name. `failing_since` is
    set when it refuses for good: until a test works, reminders go by e-mail.
    """

    class Kind(models.TextChoices):
        WECOM = "wecom", pgettext_lazy("message channel", "WeCom robot")
        DINGTALK = "dingtalk", pgettext_lazy("message channel", "DingTalk robot")
        SMS = "sms", pgettext_lazy("message channel", "SMS interface")
        WECHAT = "wechat", pgettext_lazy("message channel", "WeChat interface")

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = models.CharField(max_length=500, help_text="https, without its key")
    language = models.CharField(max_length=10, choices=Language.choices)
    active = models.BooleanField(default=True)
    failing_since = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(reference=True)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(kind__in=("wecom", "dingtalk", "sms", "wechat")),
                name="message_channel_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(address__startswith="https://"), name="message_channel_by_https"
            ),
        )

    def __str__(self) -> str:
        return self.name


class MessageCredential(models.Model):
    """The key of a channel and the secret it signs with, both encrypted."""

    channel = models.OneToOneField(
        MessageChannel, on_delete=models.PROTECT, primary_key=True, related_name="credential"
    )
    token_sealed = models.TextField()
    secret_sealed = models.TextField(blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=~Q(token_sealed=""), name="message_credential_has_its_token"
            ),
        )

    def __str__(self) -> str:
        return str(self.channel_id)


class MessageDelivery(models.Model):
    """One thing a channel was given: begun before its last byte, ended by what was answered.

    A row that stays at "sending" was interrupted: nobody knows whether it arrived.
    """

    class Purpose(models.TextChoices):
        TEST = "test", pgettext_lazy("message delivery", "Test")
        DIGEST = "digest", pgettext_lazy("message delivery", "Digest")
        PATIENT = "patient", pgettext_lazy("message delivery", "Message to a patient")

    class State(models.TextChoices):
        SENDING = "sending"
        SENT = "sent"
        REFUSED = "refused"
        LATER = "later"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(MessageChannel, on_delete=models.PROTECT, related_name="deliveries")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    reminders = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SENDING)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the body as sent")
    text = models.CharField(max_length=300, blank=True, help_text="What was answered")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    begun_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        indexes = (models.Index(fields=("channel", "-begun_at"), name="message_delivery_latest"),)
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(state="sending", ended_at__isnull=True)
                | ~Q(state="sending") & Q(ended_at__isnull=False),
                name="message_delivery_ended",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("sending", "sent", "refused", "later", "unknown")),
                name="message_delivery_state_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel_id} {self.state}"
