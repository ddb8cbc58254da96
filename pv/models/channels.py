"""Channels that lead to receivers, their tests, and the sending of each file by one of them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.e2b.channels import ChannelKind, Environment
from pv.models.cases import Submission
from pv.models.states import SENDING_COLUMN

KINDS = [
    (ChannelKind.FOLDER.value, pgettext_lazy("channel kind", "Folder")),
    (ChannelKind.AS2.value, pgettext_lazy("channel kind", "AS2")),
    (ChannelKind.SFTP.value, pgettext_lazy("channel kind", "SFTP")),
    (ChannelKind.FDA.value, pgettext_lazy("channel kind", "FDA ESG NextGen")),
]
ENVIRONMENTS = [
    (Environment.TEST.value, pgettext_lazy("channel environment", "Test")),
    (Environment.PRODUCTION.value, pgettext_lazy("channel environment", "Production")),
]


class Channel(models.Model):
    """One way to one receiver, in one environment, as an administrator entered it.

    `settings` are what its kind needs and hold no secret. A channel that was used is closed, not
    deleted.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=KINDS)
    environment = models.CharField(max_length=10, choices=ENVIRONMENTS)
    profile = models.CharField(max_length=20, help_text="Receiver whose files travel by it")
    partner = models.CharField(
        max_length=12, blank=True, help_text="Short code of the partner whose files travel by it"
    )
    settings = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(environment__in=[each.value for each in Environment]),
                name="channel_environment_known",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[each.value for each in ChannelKind]),
                name="channel_kind_known",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ChannelCredential(models.Model):
    """How we sign in at the other side of a channel; the secret is encrypted, the trail says when.

    `shown` is the part the other side may know: the public key, the number of a client, nothing
    for a password.
    """

    class Kind(models.TextChoices):
        KEY = "key", pgettext_lazy("channel credential", "Key")
        PASSWORD = "password", pgettext_lazy("channel credential", "Password")
        CLIENT = "client", pgettext_lazy("channel credential", "Client of an interface")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, related_name="credential")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    shown = models.TextField(blank=True)
    secret_sealed = models.TextField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.EXCHANGE_READ)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(secret_sealed=""), name="channel_credential_has_its_secret"
            ),
        )

    def __str__(self) -> str:
        return f"{self.channel_id} {self.kind}"


class ChannelTest(models.Model):
    """One test of a channel: nothing of a patient travels, and the result stays."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="tests")
    passed = models.BooleanField()
    text = models.CharField(max_length=500)
    tested_at = models.DateTimeField()
    tested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.EXCHANGE_READ)
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("channel", "-tested_at"), name="channel_test_latest"),)

    def __str__(self) -> str:
        return f"{self.channel_id} {self.passed}"


class Transmission(models.Model):
    """The sending of one file by a channel: its attempts follow each other under one identifier.

    `last_byte` says that from now on nobody can be sure that nothing arrived; `attempt` is the
    fencing number of the attempt that holds the lease.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.OneToOneField(
        Submission, on_delete=models.PROTECT, related_name="transmission"
    )
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="transmissions")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=12, choices=SENDING_COLUMN.choices)
    attempt = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0, help_text="Since it was last queued")
    last_byte = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    not_before = models.DateTimeField()
    problem = models.CharField(max_length=500, blank=True)
    reference = models.CharField(
        max_length=100, blank=True, help_text="What the gateway calls the latest attempt (Core ID)"
    )
    waiting_since = models.DateField(null=True, help_text="Day a person was first needed")
    delivered_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    queued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("not_before",),
                condition=Q(state__in=("queued", "sending")),
                name="transmission_open",
            ),
            models.Index(fields=("channel", "-delivered_at"), name="transmission_channel"),
            models.Index(
                fields=("waiting_since",),
                condition=Q(waiting_since__isnull=False),
                name="transmission_waits",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=SENDING_COLUMN.known(), name="transmission_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | ~Q(state="sending") & Q(lease_until__isnull=True),
                name="transmission_sending_is_leased",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("ambiguous", "failed"), waiting_since__isnull=False)
                | ~Q(state__in=("ambiguous", "failed")) & Q(waiting_since__isnull=True),
                name="transmission_waits_since",
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.state}"

    @property
    def message_id(self) -> str:
        """The identifier of the message, the same for all its attempts."""
        return f"{self.id}@everwatch"
