"""Running sessions: Django's, with whose they are, from where, and when they were last used."""

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from followup.core.permissions import Perm
from followup.core.scope import Scope


class Session(AbstractBaseSession):
    """One signed-in browser, or one that has not signed in yet (`user_id` empty).

    `public_id` names it on pages; the key itself would be the session.
    """

    public_id = models.UUIDField(null=True, blank=True)
    user_id = models.UUIDField(null=True, blank=True, db_index=True)
    device = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)
    signed_in_by = models.CharField(max_length=30, blank=True)
    provider = models.CharField(max_length=60, blank=True, help_text="Of single sign-on, by name")
    started_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    scope = Scope(own="user_id", joined=Perm.USER_READ)

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "core_session"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Unused: the store knows its model (`followup.core.security.sessions`)."""
        raise NotImplementedError
