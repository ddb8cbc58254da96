"""Cohorts brought along when a hospital takes up the register: the files, and what came of them."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.sites import Site


class CohortFile(models.Model):
    """A file of patients and past visits as it came, sealed; `columns` leads to its headings.

    `adopted_on` is the day from which the hospital answers for its follow-up here: a window that
    closed before is before the register, and is never missed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    content_sealed = models.TextField()
    columns = models.JSONField(default=dict)
    adopted_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    received_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    received_at = models.DateTimeField()
    tried = models.JSONField(default=dict)
    tried_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "sha256"), name="cohort_file_once"),)

    def __str__(self) -> str:
        return self.name
