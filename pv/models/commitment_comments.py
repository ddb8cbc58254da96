"""What people say to each other about a commitment."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.commitments import Commitment
from pv.models.withdrawals import withdrawn_whole

LONGEST_COMMENT = 4000  # characters


class CommitmentComment(models.Model):
    """One comment; its text never changes. Its author may withdraw it, and it stays listed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField(max_length=LONGEST_COMMENT)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("commitment", "-written_at"), name="comment_of_commitment"),
        )
        constraints = (
            models.CheckConstraint(condition=~Q(text=""), name="commitment_comment_says"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                    withdrawn_by=models.F("written_by"),
                ),
                name="commitment_comment_withdrawn_by_its_author",
            ),
            withdrawn_whole("commitment_comment"),
        )

    def __str__(self) -> str:
        return self.text
