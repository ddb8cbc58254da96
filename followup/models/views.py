"""Filters of a page kept under a name by whoever uses them."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.scope import Scope


class SavedView(models.Model):
    """One person's filters of one page, as the query of its address."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)
    made_at = models.DateTimeField()

    scope = Scope(own="user_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "page", "name"), name="saved_view_once"),
        )

    def __str__(self) -> str:
        return self.name
