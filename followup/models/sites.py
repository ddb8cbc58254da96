"""Hospitals that treat and follow patients."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.scope import Scope


class Site(models.Model):
    """A treating centre."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=20, unique=True)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    province = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)

    scope = Scope(reference=True, site="id")

    class Meta:
        ordering = ("code",)
        constraints = (
            # A real patient's number would read as one of practice (followup.domain.practice).
            models.CheckConstraint(
                condition=~models.Q(code__endswith="-PRACTICE"), name="site_code_is_no_practice"
            ),
        )

    def __str__(self) -> str:
        return self.name_zh
