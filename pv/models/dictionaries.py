"""Dictionaries a customer licenses and loads: releases, terms, their places, and codings made."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F

from followup.core.identifiers import uuid7
from followup.core.models import User
from followup.core.permissions import Perm
from followup.core.scope import Scope
from followup.models import Product, Site
from pv.models.cases import Case

LANGUAGES = (("en", "English"), ("zh", "中文"))


class DictionaryRelease(models.Model):
    """One release of MedDRA in one language, as loaded from the customer's files."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.PositiveIntegerField(unique=True, help_text="Begins the search keys of a term")
    version = models.CharField(max_length=5)
    language = models.CharField(max_length=2, choices=LANGUAGES)
    terms = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, help_text="Of the files read, in order of name")
    loaded_at = models.DateTimeField()
    loaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    scope = Scope(reference=True)
    insert_only = True

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("version", "language"), name="release_once"),
        )

    def __str__(self) -> str:
        return f"MedDRA {self.version} {self.language}"


class DictionaryTerm(models.Model):
    """A lowest level term; a preferred term is the one whose code is its own `pt_code`."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(DictionaryRelease, on_delete=models.PROTECT, related_name="+")
    code = models.PositiveIntegerField()
    name = models.CharField(max_length=250)
    folded = models.CharField(max_length=250, help_text="As it is compared")
    pt_code = models.PositiveIntegerField()
    current = models.BooleanField()
    keys = SearchVectorField()

    scope = Scope(reference=True)
    insert_only = True
    audited_in_batches = "everwatch_record_release"
    batch_column = "release_id"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("release", "code"), name="term_once_in_a_release"),
        )
        indexes = (
            models.Index(
                F("release"),
                OpClass(F("folded"), name="varchar_pattern_ops"),
                name="term_begins",
            ),
            GinIndex(fields=("keys",), name="term_keys", fastupdate=False),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DictionaryPlacement(models.Model):
    """One path of a preferred term to a system organ class; one of its paths is primary."""

    id = models.BigAutoField(primary_key=True)
    release = models.ForeignKey(DictionaryRelease, on_delete=models.PROTECT, related_name="+")
    pt_code = models.PositiveIntegerField()
    hlt_code = models.PositiveIntegerField()
    hlt_name = models.CharField(max_length=250)
    hlgt_code = models.PositiveIntegerField()
    hlgt_name = models.CharField(max_length=250)
    soc_code = models.PositiveIntegerField()
    soc_name = models.CharField(max_length=250)
    primary = models.BooleanField()

    scope = Scope(reference=True)
    insert_only = True
    audited_in_batches = "everwatch_record_release"
    batch_column = "release_id"

    class Meta:
        indexes = (models.Index(fields=("release", "pt_code"), name="placement_of_a_term"),)

    def __str__(self) -> str:
        return f"{self.pt_code} {self.soc_code}"


class CodingDecision(models.Model):
    """A code a person chose for the words of a case; what was chosen before is offered again."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="codings")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", null=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", null=True)
    case_version = models.PositiveIntegerField()
    path = models.CharField(max_length=60)
    verbatim = models.CharField(max_length=250, blank=True)
    folded = models.CharField(max_length=250, blank=True)
    code = models.PositiveIntegerField()
    version = models.CharField(max_length=5)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField()

    scope = Scope(read=Perm.CASE_READ, site="site_id", product="product_id")
    insert_only = True

    class Meta:
        indexes = (models.Index(fields=("folded", "code"), name="coding_of_words"),)

    def __str__(self) -> str:
        return f"{self.path} {self.code}"
