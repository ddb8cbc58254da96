"""Versions of a protocol being written, and patients being moved to one."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.products import Product, ReferenceItem
from followup.models.sites import Site


class ProtocolDraft(models.Model):
    """The next version of a protocol while people write it; released by somebody else.

    `data` is the entry as reference data holds it; `editors` are all who changed it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    base = models.ForeignKey(ReferenceItem, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=80)
    number = models.CharField(max_length=20, help_text="Version it will have")
    data = models.JSONField()
    purpose = models.CharField(max_length=500, help_text="What changes and why")
    editors = ArrayField(models.UUIDField())
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    released = models.ForeignKey(
        ReferenceItem, on_delete=models.PROTECT, related_name="+", null=True
    )
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    released_at = models.DateTimeField(null=True)
    discarded_at = models.DateTimeField(null=True)

    scope = Scope(reference=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("code", "number"),
                condition=Q(discarded_at__isnull=True),
                name="protocol_draft_once",
            ),
            models.CheckConstraint(
                condition=Q(released__isnull=True, released_at__isnull=True)
                | Q(released__isnull=False, released_at__isnull=False, discarded_at__isnull=True),
                name="protocol_draft_ends_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.number}"


class ProtocolAmendment(models.Model):
    """The move of a product's patients from one protocol version to another.

    `tried` are the counts of the dry run, `counts` what was really changed; without a site it is
    all patients its author may follow.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    source = models.ForeignKey(ReferenceItem, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(ReferenceItem, on_delete=models.PROTECT, related_name="+")
    undoes = models.OneToOneField(
        "self", on_delete=models.PROTECT, related_name="undone_by", null=True
    )
    purpose = models.CharField(max_length=500)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    tried = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.VISIT_READ, site="site_id", product="product_id")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(source=models.F("target")), name="protocol_amendment_moves"
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"
