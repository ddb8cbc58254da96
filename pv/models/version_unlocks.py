"""Case versions that were unlocked after they had been signed or released."""

from django.db import models
from django.db.models import Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import CaseVersion


class VersionUnlock(models.Model):
    """One unlocking with its reason; files released of the version before it are void."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(CaseVersion, on_delete=models.PROTECT, related_name="unlocks")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=1000)
    unlocked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    unlocked_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("version", "unlocked_at", "id")
        constraints = (
            models.CheckConstraint(condition=~Q(reason=""), name="version_unlock_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.version_id} {self.unlocked_at}"
