"""Keys and certificates of channels, and the messages a partner sent by one."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from pv.models.channels import Channel
from pv.models.transmissions import InboundFile


class ChannelCertificate(models.Model):
    """One certificate of one side of a channel; ours has its private key, sealed.

    Several stand beside each other while a key is changed. One that ended still opens and verifies
    what was made before; it signs and encrypts nothing any more.
    """

    class Side(models.TextChoices):
        OURS = "ours", pgettext_lazy("channel side", "Ours")
        THEIRS = "theirs", pgettext_lazy("channel side", "The receiver's")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="certificates")
    side = models.CharField(max_length=6, choices=Side.choices)
    subject = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the certificate, hex")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    content = models.BinaryField(help_text="The certificate, DER")
    key_sealed = models.TextField(blank=True, help_text="PKCS #8, encrypted")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True, help_text="Used no more from then on")
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was ended")

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "side", "fingerprint"), name="channel_certificate_once"
            ),
            models.CheckConstraint(
                condition=Q(side="ours") & ~Q(key_sealed="") | Q(side="theirs", key_sealed=""),
                name="channel_certificate_ours_has_its_key",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(reason=""),
                name="channel_certificate_end_says_why",
            ),
        )

    def __str__(self) -> str:
        return self.subject


class ChannelMessage(models.Model):
    """A message a partner sent by a channel, and the receipt it was answered with.

    The same message again gets the same receipt. `receipt_to` is where the partner wants it
    later; then `receipt_sent_at` is empty until it went out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    message_id = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, help_text="Of the message as it came")
    file = models.ForeignKey(
        InboundFile, on_delete=models.PROTECT, related_name="channel_messages", null=True
    )
    disposition = models.CharField(max_length=200)
    receipt_headers = models.JSONField()
    receipt = models.BinaryField()
    receipt_to = models.CharField(max_length=500, blank=True)
    receipt_tries = models.PositiveIntegerField(default=0)
    receipt_sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("channel", "message_id", "sha256"), name="channel_message_once"
            ),
        )
        indexes = (
            models.Index(
                fields=("id",),
                condition=~Q(receipt_to="") & Q(receipt_sent_at__isnull=True),
                name="channel_message_receipt_due",
            ),
            models.Index(fields=("channel", "-received_at"), name="channel_message_latest"),
        )

    def __str__(self) -> str:
        return self.message_id


class ChannelMessageContent(models.Model):
    """A message that was refused, as it came: its headers and its body, encrypted.

    `content_sealed` is empty where the channel had no room left, and after `removed_at`. `read_at`
    says that it could be read later, when a certificate or a key was mended.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.OneToOneField(ChannelMessage, on_delete=models.PROTECT, related_name="content")
    size = models.PositiveIntegerField(help_text="Bytes of headers and body")
    content_sealed = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.EXCHANGE_READ)
    out_of_trail = ("content_sealed",)

    class Meta:
        indexes = (
            models.Index(
                fields=("id",), condition=~Q(content_sealed=""), name="channel_message_bytes_kept"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(content_sealed=""),
                name="channel_message_removed_is_empty",
            ),
        )

    def __str__(self) -> str:
        return str(self.message_id)
