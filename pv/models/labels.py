"""Label versions with their terms, what was decided of a case by them, cases to look at again."""

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case
from pv.models.second_persons import SecondPerson, second_person

KINDS = (
    ("LABEL", pgettext_lazy("label", "Label of a country")),
    ("CCSI", pgettext_lazy("label", "Company core safety information (CCSI)")),
    ("RSI", pgettext_lazy("label", "Reference safety information of trials")),
)


class LabelVersion(SecondPerson):
    """One version of a label, entered by one person and confirmed by another; never changed.

    It is in force from `valid_from` until the next one of its product, kind and country.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="labels")
    kind = models.CharField(max_length=5, choices=KINDS)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166, EU; a label's only")
    number = models.CharField(max_length=40)
    valid_from = models.DateField()
    dictionary = models.CharField(max_length=5, help_text="MedDRA version of its terms")
    source = models.CharField(max_length=300, help_text="The document the entry was taken from")

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        indexes = (models.Index(fields=("product", "valid_from"), name="label_of_product"),)
        constraints = (
            *second_person("label"),
            models.CheckConstraint(
                condition=Q(kind="LABEL") ^ Q(country=""), name="label_has_country"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.country} {self.number}".replace("  ", " ")


class LabelTerm(models.Model):
    """A term of a label version; `fatal`: the label says that it may end in death."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    label = models.ForeignKey(LabelVersion, on_delete=models.PROTECT, related_name="terms")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    code = models.PositiveIntegerField()
    pt_code = models.PositiveIntegerField()
    name = models.CharField(max_length=250, help_text="As the dictionary has it")
    words = models.CharField(max_length=250, blank=True, help_text="As the label has it")
    fatal = models.BooleanField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")
    insert_only = True

    class Meta:
        ordering = ("label", "code")
        constraints = (models.UniqueConstraint(fields=("label", "code"), name="label_term_once"),)

    def __str__(self) -> str:
        return self.name


class ExpectednessDecision(models.Model):
    """What was decided of a pair of drug and event for a receiver; the latest row counts.

    Without a person it is what the labels gave, with one it is that person's, for a reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="expectedness")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField()
    pair = models.CharField(max_length=200, help_text="Identifiers of drug and event")
    receiver = models.CharField(max_length=12)
    derived = models.BooleanField(null=True, help_text="Unexpected by the labels")
    unexpected = models.BooleanField(null=True)
    labels = models.JSONField(default=list, help_text="What each label said")
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("case", "decided_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(reason=""),
                name="expectedness_person_has_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.pair} {self.receiver}"


class LabelReview(models.Model):
    """A case to look at again because a label changed: a task with its last day and its end."""

    class Because(models.TextChoices):
        ANSWER = "answer", pgettext_lazy("label review", "The answer of the label changes")
        TERM = "term", pgettext_lazy("label review", "Its term changed, after the day of the event")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    label = models.ForeignKey(LabelVersion, on_delete=models.PROTECT, related_name="reviews")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="label_reviews")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    because = models.CharField(max_length=8, choices=Because.choices)
    before = models.BooleanField(null=True, help_text="Unexpected by the labels before")
    after = models.BooleanField(null=True, help_text="Unexpected with this one")
    due = models.DateField()
    done_on = models.DateField(null=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    outcome = models.CharField(max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        indexes = (
            models.Index(
                fields=("due", "id"), name="label_review_open", condition=Q(done_on__isnull=True)
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("label", "case"), name="label_review_once"),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True, outcome="")
                | (Q(done_on__isnull=False) & ~Q(outcome="")),
                name="label_review_done_has_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.label_id} {self.case_id}"
