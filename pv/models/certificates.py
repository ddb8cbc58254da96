"""Registration certificates, each entry made by one person and confirmed by another, and the
duties that were done, of certificates and of authorisations abroad."""

from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.authorisations import Authorisation
from pv.models.second_persons import SecondPerson, second_person
from pv.models.withdrawals import withdrawn_whole


class Certificate(SecondPerson):
    """What a registration certificate says, as one entry; the latest confirmed entry of a number
    holds. An entry is never changed: what is wrong is entered again and confirmed again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=60)
    approved_on = models.DateField()
    born_on = models.DateField(null=True, help_text="International birth date, if another day")
    valid_to = models.DateField()
    reregistered_on = models.DateField(null=True, help_text="First re-registration")
    trial_approved_on = models.DateField(null=True, help_text="Starts the yearly DSUR")
    label_version = models.CharField(max_length=40, blank=True)
    plan_version = models.CharField(max_length=40, blank=True, help_text="Risk management plan")
    owner_name = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=300, help_text="The document the entry was taken from")

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "number"), name="certificate_number"),)
        constraints = (
            *second_person("certificate"),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("approved_on")), name="certificate_ends_after"
            ),
        )

    def __str__(self) -> str:
        return self.number


class DutyDay(models.Model):
    """A day a certificate, or an authorisation abroad, owes something by, counted from the entry
    that holds; reminders read it.

    One that is owed no more, after a later entry or another rule, stays with `owed` false.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    certificate = models.ForeignKey(
        Certificate, on_delete=models.PROTECT, related_name="duty_days", null=True
    )
    authorisation = models.ForeignKey(
        Authorisation, on_delete=models.PROTECT, related_name="duty_days", null=True
    )
    number = models.CharField(max_length=60, help_text="Of the certificate or authorisation")
    duty = models.CharField(max_length=20)
    due = models.DateField()
    owed = models.BooleanField(default=True)
    counted_at = models.DateTimeField()

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("due",), name="duty_day_due", condition=Q(owed=True)),)
        constraints = (
            models.UniqueConstraint(
                fields=("product", "number", "duty", "due"), name="duty_day_once"
            ),
            models.CheckConstraint(
                condition=Q(certificate__isnull=True) ^ Q(authorisation__isnull=True),
                name="duty_day_of_one_entry",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.duty} {self.due}"


class DutyRecord(models.Model):
    """A duty of a certificate or authorisation that was done: which, when, and the proof.

    One recorded by mistake is withdrawn with a reason, and the duty is owed again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60, help_text="Of the certificate or authorisation")
    duty = models.CharField(max_length=20)
    due = models.DateField()
    done_on = models.DateField()
    evidence = models.CharField(max_length=300)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    withdrawn_because = models.CharField(max_length=500, blank=True)

    scope = Scope(read=Perm.COMMITMENT_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("product", "number", "duty", "due"),
                condition=Q(withdrawn_at__isnull=True),
                name="duty_done_once",
            ),
            models.CheckConstraint(condition=~Q(evidence=""), name="duty_has_evidence"),
            withdrawn_whole("duty_record"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.duty} {self.due}"
