"""API tokens: issued once, kept as a hash, expiring, revocable."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from axes.helpers import get_client_ip_address
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.models import ApiToken, TokenUse, User
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.security.accounts import access_ended_on, actor_of

LIFETIME = timedelta(days=365)
USE_NOTED_EVERY = timedelta(minutes=1)


def digest(token: str) -> str:
    """SHA-256 suffices: the token is 256 random bits, not a password."""
    return hashlib.sha256(token.encode()).hexdigest()


def fresh() -> str:
    """A new token; shown to its owner once."""
    return "ew_" + secrets.token_urlsafe(32)


def _known(names: Iterable[str]) -> frozenset[Perm]:
    """What a token may do; a permission that was renamed since opens nothing."""
    return frozenset(Perm(name) for name in names if name in frozenset(Perm))


def _note_use(row: ApiToken, request: Request) -> None:
    """Note the use, once a minute is enough."""
    now = clock.now()
    before = getattr(row, "use", None)
    if before is not None and now - before.used_at < USE_NOTED_EVERY:
        return
    values = {"used_at": now, "address": get_client_ip_address(request._request) or ""}
    TokenUse.objects.update_or_create(token=row, defaults=values)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The user of a valid token, None without one; a wrong one is 401."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = (
            ApiToken.objects.select_related("user", "use")
            .filter(digest=digest(token.strip()), revoked_at__isnull=True)
            .first()
        )
        if row is None or row.expires_at <= clock.now() or not row.user.is_active:
            raise AuthenticationFailed()
        acting = cast(ActingRequest, request._request)
        limit = None if row.permissions is None else _known(row.permissions)
        acting.actor = actor_of(row.user, request_id=acting.request_id, limit=limit)
        if not acting.actor.grants and access_ended_on(row.user_id) is not None:
            raise AuthenticationFailed()
        _note_use(row, request)
        contexts.become(acting.actor)
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        """So that a missing token answers 401, not 403."""
        return "Bearer"
