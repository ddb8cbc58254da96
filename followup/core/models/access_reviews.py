"""Reviews of access: every right of a period looked through, kept or ended, and signed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models.grant_requests import GrantRequest
from followup.core.models.users import Grant, User
from followup.core.permissions import Perm
from followup.core.scope import Scope


class AccessReview(models.Model):
    """The review of one period; its signature is an electronic one (kind "access_review")."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    period_from = models.DateField(unique=True)
    opened_on = models.DateField()
    due_on = models.DateField()
    signed_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(due_on__gte=models.F("opened_on")), name="access_review_due_later"
            ),
        )

    def __str__(self) -> str:
        return str(self.period_from)


class AccessReviewLine(models.Model):
    """One right as it stood when the review began, and what the reviewer decided."""

    class Decision(models.TextChoices):
        KEEP = "keep"
        END = "end"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="lines")
    held = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="+")
    last_used_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=4, choices=Decision.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    request = models.ForeignKey(
        GrantRequest, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("review", "held"), name="right_once_in_a_review"),
            models.CheckConstraint(
                condition=Q(decision="", reason="", decided_by=None, decided_at=None)
                | (
                    ~Q(decision="")
                    & ~Q(reason="")
                    & Q(decided_by__isnull=False)
                    & Q(decided_at__isnull=False)
                ),
                name="review_line_decided_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.review_id} {self.held_id} {self.decision}"
