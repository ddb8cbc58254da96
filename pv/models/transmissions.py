"""How released files travel: files that came in, acknowledgements, the events of each submission.

A file that comes in is kept as it came before anybody reads it. What it is and what became of it
stands beside it, so that the bytes are never touched.
"""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core import stored_words
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.domain.e2b.acknowledgements import WAITING, InboundState
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import EventKind
from pv.models.cases import Submission
from pv.models.states import INBOUND_FILE


class InboundFile(models.Model):
    """One file of a receiver, byte for byte, kept once whichever way it came."""

    class Door(models.TextChoices):
        PAGE = "page", pgettext_lazy("inbound door", "Page")
        COMMAND = "command", pgettext_lazy("inbound door", "Command")
        API = "api", pgettext_lazy("inbound door", "API")
        FOLDER = "folder", pgettext_lazy("inbound door", "Folder")
        AS2 = "as2", pgettext_lazy("inbound door", "AS2")
        SFTP = "sftp", pgettext_lazy("inbound door", "SFTP")
        FDA = "fda", pgettext_lazy("inbound door", "FDA ESG NextGen")
        PORTAL = "portal", pgettext_lazy("inbound door", "The receiver's portal, by hand")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file_name = models.CharField(max_length=200)
    door = models.CharField(max_length=10, choices=Door.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(read=Perm.CASE_READ, product="acknowledgement__product_id")
    insert_only = True

    def __str__(self) -> str:
        return self.file_name


class Acknowledgement(models.Model):
    """What an inbound file was found to be, and what became of it.

    `product` is the one its messages are of, null while no message of ours was found.
    """

    State = InboundState

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    file = models.OneToOneField(
        InboundFile, on_delete=models.PROTECT, related_name="acknowledgement"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=12, choices=INBOUND_FILE.choices)
    number = models.CharField(max_length=100, blank=True, help_text="ACK.M.1")
    sender = models.CharField(max_length=100, blank=True, help_text="ACK.M.2")
    sent = models.CharField(max_length=40, blank=True, help_text="ACK.M.4 as written")
    batch_number = models.CharField(max_length=100, blank=True, help_text="ACK.A.1")
    code = models.CharField(max_length=2, blank=True, help_text="ACK.A.4")
    lines = models.JSONField(default=list, help_text="What became of each message")
    problem = models.CharField(max_length=500, blank=True)
    problem_words = models.JSONField(default=dict, help_text="By which it is read in any language")
    worked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=INBOUND_FILE.known(), name="acknowledgement_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="set_aside") | Q(decided_at__isnull=False) & ~Q(reason=""),
                name="acknowledgement_set_aside_says_why",
            ),
        )
        indexes = (
            models.Index(
                fields=("id",),
                name="acknowledgement_waits",
                condition=Q(state__in=tuple(state.value for state in WAITING)),
            ),
            models.Index(fields=("sender", "number"), name="acknowledgement_number"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.state}"

    @property
    def problem_told(self) -> str:
        """The problem in the reader's language."""
        return stored_words.told(self.problem_words, self.problem)


class TransmissionEvent(models.Model):
    """One thing that happened to a submission on its way; never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey(
        Submission, on_delete=models.PROTECT, related_name="transmission_events"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in EventKind])
    on = models.DateField(null=True, help_text="The day it happened, as far as known")
    decision = models.CharField(
        max_length=24, blank=True, choices=[(state.value, state.value) for state in Delivery]
    )
    retracts = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True)
    file = models.ForeignKey(
        InboundFile, on_delete=models.PROTECT, related_name="transmission_events", null=True
    )
    channel = models.CharField(max_length=20, help_text="`manual`, or the kind of the channel")
    text = models.TextField(blank=True, help_text="Proof, reason, or the receiver's words")
    details = models.JSONField(default=dict)
    actor_name = models.CharField(max_length=120)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("submission", "recorded_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="retracted", retracts__isnull=False)
                | ~Q(kind="retracted") & Q(retracts__isnull=True),
                name="transmission_event_retracts_one",
            ),
            models.UniqueConstraint(fields=("retracts",), name="transmission_event_retracted_once"),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.kind}"
