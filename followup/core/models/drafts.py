"""What a person has typed and not yet saved: kept on the server, never in the browser."""

from django.db import models

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.scope import Scope


class Draft(models.Model):
    """One draft per form opened, so that two tabs never mix; encrypted, kept for seven days.

    `tab` is the page that wrote last: another page may only go on from what it has seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    tab = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300)
    label = models.CharField(max_length=120)
    fields = models.TextField()
    base_version = models.CharField(max_length=40, blank=True)
    saved_at = models.DateTimeField()

    scope = Scope(own="user_id")

    class Meta:
        indexes = (models.Index(fields=("user", "form", "subject"), name="draft_of_form"),)

    def __str__(self) -> str:
        return f"{self.form} {self.subject}"
