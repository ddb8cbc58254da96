"""Electronic signatures: insert only, with the bytes that were signed."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.permissions import Perm
from followup.core.scope import Scope


class Signature(models.Model):
    """One signature under what a person was shown (21 CFR 11.50, 11.70; Annex 11, 14).

    `content` is the canonical text of what was shown, `content_sha256` its hash; `state_sha256`
    is of the stored values alone and says whether the record has changed since. `binding` ties
    the row to all of it under a key the database does not hold: a copied, moved or edited row
    does not verify.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=30)
    record_id = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    content = models.TextField()
    content_sha256 = models.CharField(max_length=64)
    state_sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=60)
    roles = models.CharField(max_length=200)
    meaning = models.CharField(max_length=30)
    reason = models.CharField(max_length=500, blank=True)
    signed_at = models.DateTimeField()
    zone = models.CharField(max_length=40)
    factors = models.CharField(max_length=30)
    binding = models.CharField(max_length=64)
    site_id = models.UUIDField(null=True, blank=True)
    product_id = models.UUIDField(null=True, blank=True)

    scope = Scope(read=Perm.AUDIT_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        indexes = (
            models.Index(fields=("kind", "record_id", "signed_at"), name="signature_record"),
            models.Index(fields=("-signed_at", "id"), name="signature_time"),
        )

    def __str__(self) -> str:
        return f"{self.printed_name} {self.meaning} {self.title}"
