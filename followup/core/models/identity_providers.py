"""Single sign-on: identity providers, who asked for them, linked accounts, rules of groups."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from followup.core.identifiers import uuid7
from followup.core.models.users import User
from followup.core.permissions import Perm, Role
from followup.core.scope import Scope


class ProviderSettings(models.Model):
    """What an administrator enters of an identity provider.

    `client_secret` is encrypted. `accepted` are the values of `amr` or `acr` that count as a
    second factor; empty accepts none. `longest_minutes` is how long ago the person may have
    signed in there.
    """

    name = models.CharField(max_length=60)
    issuer = models.CharField(max_length=300)
    client_id = models.CharField(max_length=200)
    client_secret = models.TextField(blank=True)
    scopes = models.CharField(max_length=200)
    subject_claim = models.CharField(max_length=60)
    groups_claim = models.CharField(max_length=60, blank=True)
    accepted = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    longest_minutes = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True


class IdentityProvider(ProviderSettings):
    """A provider that two administrators opened; its issuer never changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(
                fields=("issuer",), condition=Q(closed_at__isnull=True), name="provider_open_once"
            ),
            models.UniqueConstraint(
                fields=("name",), condition=Q(closed_at__isnull=True), name="provider_named_once"
            ),
        )

    def __str__(self) -> str:
        return self.name


class IdentityProviderRequest(ProviderSettings):
    """A provider to be opened, or other settings of an open one, and who agreed to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.PROTECT, null=True, related_name="requests"
    )
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed = models.BooleanField(null=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(agreed__isnull=True) | Q(agreed=False) | ~Q(decided_by=F("asked_by")),
                name="provider_by_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, agreed__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False, agreed__isnull=False),
                name="provider_decided_whole",
            ),
            models.UniqueConstraint(
                fields=("issuer",),
                condition=Q(decided_at__isnull=True),
                name="one_open_provider_request",
            ),
        )

    def __str__(self) -> str:
        return self.name


class LinkedAccount(models.Model):
    """A person's number at an identity provider, written beforehand or linked in a session.

    `groups` are those the provider named at the last sign-in; they give nothing. Without
    `groups_at` it named none and did not say "none" either.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="linked_accounts")
    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.PROTECT, related_name="accounts"
    )
    subject = models.CharField(max_length=255)
    linked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    groups = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    groups_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(own="user_id", joined=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(condition=~Q(subject=""), name="linked_account_has_subject"),
            models.UniqueConstraint(
                fields=("provider", "subject"),
                condition=Q(ended_at__isnull=True),
                name="linked_to_one_person",
            ),
            models.UniqueConstraint(
                fields=("provider", "user"),
                condition=Q(ended_at__isnull=True),
                name="linked_once_at_a_provider",
            ),
        )

    def __str__(self) -> str:
        return self.subject


class GroupRule(models.Model):
    """For which right a group of a provider speaks: a proposal, given by two administrators."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(
        IdentityProvider, on_delete=models.PROTECT, related_name="group_rules"
    )
    group = models.CharField(max_length=200)
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    site_id = models.UUIDField(null=True, blank=True)
    product_id = models.UUIDField(null=True, blank=True)
    all_sites = models.BooleanField(default=False)
    all_products = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints: ClassVar = (
            models.CheckConstraint(
                condition=Q(all_sites=True, site_id__isnull=True)
                | Q(all_sites=False, site_id__isnull=False),
                name="group_rule_site_or_all",
            ),
            models.CheckConstraint(
                condition=Q(all_products=True, product_id__isnull=True)
                | Q(all_products=False, product_id__isnull=False),
                name="group_rule_product_or_all",
            ),
            models.UniqueConstraint(
                fields=("provider", "group", "role", "site_id", "product_id"),
                nulls_distinct=False,
                condition=Q(ended_at__isnull=True),
                name="group_rule_once",
            ),
        )

    def __str__(self) -> str:
        return self.group
