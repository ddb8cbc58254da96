"""Users, their grants of role by site by product, and their API tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from followup.core import clock
from followup.core.identifiers import uuid7
from followup.core.permissions import Perm, Role
from followup.core.scope import Scope
from followup.core.statements import Given, written_once

_known: ContextVar["User | None"] = ContextVar("everwatch.known_user", default=None)


@contextmanager
def read_already(user: "User") -> Iterator[None]:
    """For the block, whoever asks for this user by its key is given the row that was read."""
    token = _known.set(user)
    try:
        yield
    finally:
        _known.reset(token)


class UserManager(BaseUserManager["User"]):
    """Finds users by name; nothing creates one but the action."""

    def get(self, *conditions: Any, **named: Any) -> "User":
        """One user; by its key alone, as every request asks, without writing the statement."""
        if conditions or named.keys() != {"pk"} or not isinstance(named["pk"], UUID):
            return self.get_queryset().get(*conditions, **named)
        known = _known.get()
        if known is not None and known.pk == named["pk"]:
            return known
        found = _by_key(key=named["pk"])
        if not found:
            raise User.DoesNotExist
        return found[0]


class User(AbstractBaseUser):
    """A person who signs in. User names are never reused."""

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=60, unique=True)
    display_name = models.CharField(max_length=60)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, choices=Language.choices, blank=True)
    digit_keys = models.BooleanField(default=True, help_text=_("Digit keys answer questions"))
    message_channel = models.ForeignKey(
        "core.MessageChannel",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Group that gets one's reminders in digests; empty: they come by e-mail"),
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    must_change_password = models.BooleanField(default=False)  # somebody else knows it
    calendar_token = models.CharField(max_length=64, unique=True, null=True, blank=True)
    last_login = None

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    scope = Scope(read=Perm.USER_READ)

    class Meta:
        ordering = ("username",)

    def __str__(self) -> str:
        return self.display_name or self.username

    def check_password(self, raw_password: Any) -> bool:
        """Compare only: a silent re-hash would be a write outside an action."""
        return check_password(raw_password, self.password)


@written_once
def _by_key() -> models.QuerySet[User]:
    return User.objects.filter(pk=Given("key", models.UUIDField()))


class GrantRows(models.QuerySet["Grant"]):
    """Grants by what they are worth."""

    def in_force(self) -> "GrantRows":
        """Those neither ended by a person nor past their last day."""
        return self.in_force_on(clock.today())

    def in_force_on(self, day: date | Given) -> "GrantRows":
        """The same of a day; one that is given when it is asked is left open."""
        lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=day)
        return self.filter(lasting, revoked_at__isnull=True)


class Grant(models.Model):
    """A role at one or all sites for one or all products. Empty never means all.

    `ends_on` is the last day on which it holds; empty holds until it is revoked.

    The site and product tables are on a higher floor, so the foreign keys are added to the
    database by the migration of `followup`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=30, choices=[(r.value, r.value) for r in Role])
    site_id = models.UUIDField(null=True, blank=True)
    product_id = models.UUIDField(null=True, blank=True)
    all_sites = models.BooleanField(default=False)
    all_products = models.BooleanField(default=False)
    granted_at = models.DateTimeField()
    ends_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = GrantRows.as_manager()
    scope = Scope(read=Perm.USER_READ)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(all_sites=True, site_id__isnull=True)
                | Q(all_sites=False, site_id__isnull=False),
                name="grant_site_or_all",
            ),
            models.CheckConstraint(
                condition=Q(all_products=True, product_id__isnull=True)
                | Q(all_products=False, product_id__isnull=False),
                name="grant_product_or_all",
            ),
            models.UniqueConstraint(
                fields=("user", "role", "site_id", "product_id"),
                nulls_distinct=False,
                condition=Q(revoked_at__isnull=True),
                name="grant_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    @property
    def over(self) -> bool:
        """Whether its last day has passed."""
        return self.ends_on is not None and self.ends_on < clock.today()


class ApiToken(models.Model):
    """A token for the API; only its hash is kept.

    `permissions` is what it may do of what its owner may do; null is everything, also what the
    owner is granted later.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    permissions = ArrayField(models.CharField(max_length=30), null=True, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(own="user_id", joined=Perm.USER_READ)

    def __str__(self) -> str:
        return self.label


class TokenUse(models.Model):
    """When a token was last used, to the minute, and from where."""

    token = models.OneToOneField(
        ApiToken, on_delete=models.CASCADE, primary_key=True, related_name="use"
    )
    used_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)

    scope = Scope(own="token__user_id", joined=Perm.USER_READ)

    def __str__(self) -> str:
        return str(self.used_at)
