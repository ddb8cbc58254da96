"""What a holder asked of a centre: told to the people there, kept with who asked and when."""

from django.db import models
from django.db.models import Q

from followup.core import clock
from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site

LONGEST_REMINDER = 500


class CentreReminder(models.Model):
    """One reminder to the people who follow patients of a product at a centre."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=LONGEST_REMINDER)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    scope = Scope(read=Perm.PATIENT_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        indexes = (
            models.Index(fields=("product", "site", "-sent_at"), name="centre_reminder_latest"),
        )
        constraints = (models.CheckConstraint(condition=~Q(text=""), name="centre_reminder_says"),)

    def __str__(self) -> str:
        return self.text

    @property
    def today(self) -> bool:
        """Whether it was sent today, in China."""
        return self.sent_at.astimezone(clock.SHANGHAI).date() == clock.today()
