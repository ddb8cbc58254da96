"""Requests for rights: what one administrator asks for and another decides."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models.users import Grant, User
from followup.core.permissions import Perm, Role
from followup.core.scope import Scope


class GrantRequest(models.Model):
    """An assignment or revocation of a role, asked by one administrator and decided by another.

    `alone` is the one exception: the first administrator of an installation appoints the second.
    """

    class Kind(models.TextChoices):
        ASSIGNMENT = "assignment"
        REVOCATION = "revocation"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grant_requests")
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    site_id = models.UUIDField(null=True, blank=True)
    product_id = models.UUIDField(null=True, blank=True)
    all_sites = models.BooleanField(default=False)
    all_products = models.BooleanField(default=False)
    ends_on = models.DateField(null=True, blank=True)
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, null=True, related_name="requests")
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed = models.BooleanField(null=True)
    alone = models.BooleanField(default=False)
    decision_reason = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(kind="assignment") | Q(grant__isnull=False),
                name="grant_request_names_its_grant",
            ),
            models.CheckConstraint(
                condition=Q(agreed__isnull=True)
                | Q(agreed=False)
                | Q(alone=True, role="administrator", kind="assignment", decided_by=F("asked_by"))
                | (Q(alone=False) & ~Q(decided_by=F("asked_by"))),
                name="grant_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by=F("user"))
                & (Q(decided_by__isnull=True) | Q(kind="revocation") | ~Q(decided_by=F("user"))),
                name="no_right_by_oneself",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, agreed__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False, agreed__isnull=False),
                name="grant_request_decided_whole",
            ),
            models.UniqueConstraint(
                fields=("user", "kind", "role", "site_id", "product_id"),
                nulls_distinct=False,
                condition=Q(decided_at__isnull=True),
                name="one_open_grant_request",
            ),
        )
        indexes: ClassVar = (
            models.Index(
                fields=("asked_at",),
                name="grant_request_open",
                condition=Q(decided_at__isnull=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.role}"
