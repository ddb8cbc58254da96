"""The trail: every change by the database itself, and every look at an identity."""

from django.db import models

from followup.core.permissions import Perm
from followup.core.scope import Scope


class Change(models.Model):
    """One row changed, with before and after; written by a trigger, readable only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    transaction = models.BigIntegerField()
    database_user = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    action = models.CharField(max_length=80)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    table_name = models.CharField(max_length=64)
    operation = models.CharField(max_length=10)
    row_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    site_id = models.UUIDField(null=True)
    product_id = models.UUIDField(null=True)

    scope = Scope(read=Perm.AUDIT_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("table_name", "row_id", "id"), name="change_row"),
            models.Index(fields=("site_id", "-id"), name="change_site"),
            models.Index(fields=("actor_id", "-id"), name="change_actor"),
        )

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name} {self.row_id}"


class Access(models.Model):
    """A look at something protected, a sign-in, a refusal, an export or a print."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    site_id = models.UUIDField(null=True)
    product_id = models.UUIDField(null=True)

    scope = Scope(read=Perm.AUDIT_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (
            models.Index(fields=("site_id", "-id"), name="access_site"),
            models.Index(fields=("subject", "-id"), name="access_subject"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
