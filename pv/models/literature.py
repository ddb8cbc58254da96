"""Screening of literature and media: sources with their search, weekly searches, and each hit."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product
from pv.models.cases import Case


class LiteratureSource(models.Model):
    """A database or medium that is searched for a product, with the search string in force."""

    class Kind(models.TextChoices):
        LITERATURE = "literature", pgettext_lazy("screening", "Literature")
        MEDIA = "media", pgettext_lazy("screening", "Media")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    search = models.TextField(help_text="Search string in force; each search keeps its own")
    active_from = models.DateField()
    ended_on = models.DateField(null=True)
    next_due = models.DateField(help_text="Last day of the search that is owed next")
    next_due_version = models.PositiveIntegerField(default=1)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    entered_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("product", "name"),
                condition=Q(ended_on__isnull=True),
                name="literature_source_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_due",), name="literature_due", condition=Q(ended_on__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return self.name


class LiteratureSearch(models.Model):
    """One search of a source: the period it covers, the string as it was run, the hits."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(LiteratureSource, on_delete=models.PROTECT, related_name="searches")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    start = models.DateField()
    end = models.DateField()
    searched_on = models.DateField()
    search = models.TextField()
    hits = models.PositiveIntegerField()
    searched_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    searched_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, product="product_id")
    insert_only = True

    class Meta:
        ordering = ("source", "end")
        constraints = (
            models.UniqueConstraint(fields=("source", "end"), name="literature_search_once"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="search_period_whole"),
        )

    def __str__(self) -> str:
        return f"{self.source_id} {self.end}"


class LiteratureHit(models.Model):
    """One hit and what a person decided of it; open while nobody has."""

    class Decision(models.TextChoices):
        CASE = "case", pgettext_lazy("screening", "A case")
        NOT_CASE = "not_case", pgettext_lazy("screening", "No case")
        KNOWN = "known", pgettext_lazy("screening", "A case that is there already")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    search = models.ForeignKey(LiteratureSearch, on_delete=models.PROTECT, related_name="found")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    citation = models.CharField(max_length=500, help_text="C.4.r.1")
    decision = models.CharField(max_length=8, choices=Decision.choices, blank=True)
    reason_code = models.CharField(
        max_length=30, blank=True, help_text="Code of the document casework; empty for earlier ones"
    )
    reason = models.CharField(max_length=500, blank=True, help_text="In a person's own words")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        ordering = ("search", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(decision="", decided_at__isnull=True)
                | (~Q(decision="") & Q(decided_at__isnull=False)),
                name="hit_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(decision="not_case") | ~Q(reason="") | ~Q(reason_code=""),
                name="no_case_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["case", "known"]) ^ Q(case__isnull=True),
                name="hit_names_its_case",
            ),
        )

    def __str__(self) -> str:
        return self.citation
