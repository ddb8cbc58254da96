"""An entry made by mistake keeps the reason it was withdrawn for."""

from django.db import models
from django.db.models import Q


def withdrawn_whole(name: str) -> models.CheckConstraint:
    """A withdrawal has its reason; `name` begins the name."""
    return models.CheckConstraint(
        condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
        | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because=""),
        name=f"{name}_withdrawn_because",
    )
