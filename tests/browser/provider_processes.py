"""What the test of single sign-on does beside the browser: two administrators open a provider.

Called through `manage.py shell` on the live stack; each prints one line.
"""

import sys

from followup.actions import identity_providers, linked_accounts
from followup.core.models import IdentityProvider, User
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from tests import openid_provider

NAME = "City hospital"


def _administrators() -> list[User]:
    return [User.objects.get(username=name) for name in ("admin", "admin.second")]


def open_provider(issuer: str, username: str, number: str) -> None:
    """Open it and link somebody by number; prints the provider's id."""
    contexts.declare()
    first, second = _administrators()
    asked = identity_providers.ask(
        actor_of(first),
        settings={
            "name": NAME,
            "issuer": issuer,
            "client_id": openid_provider.CLIENT_ID,
            "scopes": "openid profile",
            "subject_claim": "sub",
            "groups_claim": "groups",
            "accepted": [],
            "longest_minutes": 60,
        },
        client_secret=openid_provider.SECRET,
        reason="the hospital asks for it",
    )
    provider = identity_providers.decide(actor_of(second), asked, agree=True)
    assert provider
    linked_accounts.write(
        actor_of(first),
        User.objects.get(username=username),
        provider=provider,
        subject=number,
        reason="from the registry",
    )
    sys.stdout.write(f"{provider.id}\n")


def close_provider(provider: str) -> None:
    """Close it: no other test sees it on the sign-in page."""
    contexts.declare()
    row = IdentityProvider.objects.get(id=provider)
    identity_providers.close(actor_of(_administrators()[0]), row, reason="the test is over")
