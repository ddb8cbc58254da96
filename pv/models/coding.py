"""Around the coding of cases: SMQs, synonyms, moves to a new release, and a drug dictionary."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case
from pv.models.dictionaries import DictionaryRelease

BATCH = "everwatch_record_release"


class StandardisedQuery(models.Model):
    """A standardised MedDRA query (SMQ) of a release."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(DictionaryRelease, on_delete=models.PROTECT, related_name="+")
    code = models.PositiveIntegerField()
    name = models.CharField(max_length=250)
    level = models.PositiveSmallIntegerField()

    scope = Scope(reference=True)
    insert_only = True
    audited_in_batches = BATCH
    batch_column = "release_id"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("release", "code"), name="smq_once_in_a_release"),
        )

    def __str__(self) -> str:
        return self.name


class StandardisedQueryTerm(models.Model):
    """A term an SMQ gathers, those of the queries below it included."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(DictionaryRelease, on_delete=models.PROTECT, related_name="+")
    query_code = models.PositiveIntegerField()
    term_code = models.PositiveIntegerField(help_text="Preferred or lowest level term")
    narrow = models.BooleanField()

    scope = Scope(reference=True)
    insert_only = True
    audited_in_batches = BATCH
    batch_column = "release_id"

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("release", "query_code", "term_code"), name="smq_term_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.query_code} {self.term_code}"


class CodingSynonym(models.Model):
    """Words an organisation always codes alike, kept by a person for a product of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=250)
    folded = models.CharField(max_length=250)
    code = models.PositiveIntegerField()
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    ended_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("product", "folded"),
                condition=Q(ended_at__isnull=True),
                name="synonym_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.text} {self.code}"


class VersionUpgrade(models.Model):
    """A move of the open cases of a product to another release, and whether it was undone."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    version_before = models.CharField(max_length=5)
    version_after = models.CharField(max_length=5)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)

    scope = Scope(read=Perm.CASE_READ, product="product_id")

    def __str__(self) -> str:
        return f"{self.version_before} {self.version_after}"


class VersionUpgradeLine(models.Model):
    """One code of a case in a move: what became of it."""

    class Outcome(models.TextChoices):
        SAME = "same", pgettext_lazy("upgrade", "Unchanged")
        MOVED = "moved", pgettext_lazy("upgrade", "Under another preferred term")
        NOT_CURRENT = "not_current", pgettext_lazy("upgrade", "No longer current: code again")
        GONE = "gone", pgettext_lazy("upgrade", "Not in the new release: code again")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    upgrade = models.ForeignKey(VersionUpgrade, on_delete=models.PROTECT, related_name="lines")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField()
    path = models.CharField(max_length=60)
    code = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    taken_over = models.BooleanField()
    undone = models.BooleanField(default=False)

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")

    class Meta:
        ordering = ("upgrade", "id")

    def __str__(self) -> str:
        return f"{self.path} {self.outcome}"


class DrugDictionary(models.Model):
    """One release of a drug dictionary as loaded from the customer's files."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True, help_text="Begins the search keys")
    form = models.CharField(max_length=2, help_text="B3 or C3")
    version = models.CharField(max_length=10)
    names = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(reference=True)
    insert_only = True

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "form"), name="drug_dictionary_once"),
        )

    def __str__(self) -> str:
        return f"WHODrug {self.form} {self.version}"


class DrugName(models.Model):
    """One name of a drug dictionary; `code` is record number and both sequence numbers."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(DrugDictionary, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=11)
    identifier = models.CharField(max_length=10, help_text="Of the medicinal product; C3 only")
    name = models.CharField(max_length=1500)
    folded = models.CharField(max_length=250, help_text="As it is compared")
    preferred = models.BooleanField()
    country = models.CharField(max_length=10)
    atc = models.CharField(max_length=200)
    substances = models.TextField()
    keys = SearchVectorField()

    scope = Scope(reference=True)
    insert_only = True
    audited_in_batches = BATCH
    batch_column = "release_id"

    class Meta:
        indexes = (
            models.Index(fields=("release", "code"), name="drug_code"),
            models.Index(
                F("release"),
                OpClass(F("folded"), name="varchar_pattern_ops"),
                name="drug_begins",
            ),
            GinIndex(fields=("keys",), name="drug_keys", fastupdate=False),
        )

    def __str__(self) -> str:
        return self.name


class DrugCodingDecision(models.Model):
    """A drug name a person chose for a drug of a case; the latest row of a drug counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drug_codings")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField()
    drug = models.CharField(max_length=100, help_text="Identifier of the drug in the message")
    verbatim = models.CharField(max_length=250, blank=True)
    folded = models.CharField(max_length=250, blank=True)
    release = models.ForeignKey(DrugDictionary, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=11)
    identifier = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=1500)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        ordering = ("case", "decided_at", "id")

    def __str__(self) -> str:
        return f"{self.verbatim} {self.code}"
