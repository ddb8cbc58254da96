"""The columns of an entry that counts once a second person has compared it with its document."""

from django.db import models
from django.db.models import BaseConstraint, F, Q

from followup.core.models import User


class SecondPerson(models.Model):
    """Who entered it, who confirmed it, or why it was refused."""

    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(null=True)
    refused_because = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


def second_person(name: str) -> tuple[BaseConstraint, ...]:
    """Two persons, and a confirmation that is whole; `name` begins the names of both."""
    return (
        models.CheckConstraint(
            condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("entered_by")),
            name=f"{name}_two_persons",
        ),
        models.CheckConstraint(
            condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
            | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
            name=f"{name}_confirmed_whole",
        ),
    )
