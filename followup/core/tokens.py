"""API tokens: issued once, kept as a hash, expiring, revocable."""

import hashlib
import secrets
from datetime import timedelta
from typing import cast

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from followup.core import clock
from followup.core.accounts import actor_of
from followup.core.models import ApiToken, User
from followup.core.requests import ActingRequest

LIFETIME = timedelta(days=365)


def digest(token: str) -> str:
    """SHA-256 suffices: the token is 256 random bits, not a password."""
    return hashlib.sha256(token.encode()).hexdigest()


def fresh() -> str:
    """A new token; shown to its owner once."""
    return "ew_" + secrets.token_urlsafe(32)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The user of a valid token, None without one; a wrong one is 401."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != "bearer":
            return None
        row = (
            ApiToken.objects.select_related("user")
            .filter(digest=digest(token.strip()), revoked_at__isnull=True)
            .first()
        )
        if row is None or row.expires_at <= clock.now() or not row.user.is_active:
            raise AuthenticationFailed()
        acting = cast(ActingRequest, request._request)
        acting.actor = actor_of(row.user, request_id=acting.request_id)
        return row.user, row

    def authenticate_header(self, request: Request) -> str:
        """So that a missing token answers 401, not 403."""
        return "Bearer"
