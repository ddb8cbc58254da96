"""Keys of single people and files: destroying one makes every copy of what it sealed unreadable."""

from django.db import models

from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models.sites import Site


class DataKey(models.Model):
    """The key of one patient's identity or of one file, wrapped by the newest of IDENTITY_KEYS.

    Outside the trail: a copy there would outlive the key. That one was destroyed is told by the
    erasure of the identity.
    """

    class Kind(models.TextChoices):
        PERSON = "PERSON"
        FILE = "FILE"

    owner = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    wrapped = models.TextField()
    made_at = models.DateTimeField()

    scope = Scope(read=Perm.IDENTITY_READ, site="site_id", former="owner")

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}"
