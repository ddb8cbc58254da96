"""Requests for a link to set a forgotten password, whoever asked, for whatever name."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.scope import Scope


class PasswordRequest(models.Model):
    """One request as it was typed; whether such an account exists is found out later, by a worker.

    So the page answers alike and in the same time for everybody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    typed = models.CharField(max_length=254)
    address = models.CharField(max_length=45, blank=True)
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)

    scope = Scope(read=Perm.SYSTEM)

    class Meta:
        indexes = (
            models.Index(
                fields=("asked_at",),
                name="password_request_waiting",
                condition=models.Q(done_at__isnull=True),
            ),
            models.Index(fields=("typed", "asked_at"), name="password_request_typed"),
        )

    def __str__(self) -> str:
        return str(self.id)
