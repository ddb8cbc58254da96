"""API tokens: issued by their owner, shown once, revoked by the owner or an administrator."""

from collections.abc import Collection
from datetime import timedelta

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.http.tokens import LIFETIME, digest, fresh
from followup.core.models import ApiToken, User
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused

MOST_LIVING = 20


@action("token.issue", needs=Perm.OWN_ACCOUNT)
def issue_token(
    actor: Actor,
    user: User,
    *,
    label: str,
    days: int = LIFETIME.days,
    permissions: Collection[str] | None = None,
) -> tuple[ApiToken, str]:
    """A new token for one's own account, and its text, which is kept nowhere and shown once.

    It acts with the rights its owner has at the time of each request; of these only with
    `permissions` when they are given. Refused without a label, for more than a year, beyond twenty
    living tokens, and for a permission the owner does not have.
    """
    if not actor.system and actor.id != user.id:
        raise Denied(Perm.OWN_ACCOUNT)
    now = clock.now()
    problems = {}
    if not 1 <= len(label.strip()) <= 60:
        problems["label"] = _("Name the program that will use it, with at most 60 characters.")
    if not 1 <= days <= LIFETIME.days:
        problems["days"] = _("A token lives between one day and one year.")
    if permissions is not None:
        problems |= _unfit(actor, permissions)
    if not user.is_active:
        problems["user"] = _("This account is closed.")
    living = ApiToken.objects.filter(user=user, revoked_at__isnull=True, expires_at__gt=now)
    if not problems and living.count() >= MOST_LIVING:
        problems[""] = _("You have too many tokens; revoke one you no longer use.")
    if problems:
        raise Refused(problems)
    text = fresh()
    token = ApiToken.objects.create(
        user=user,
        label=label.strip(),
        digest=digest(text),
        permissions=None if permissions is None else sorted(set(permissions)),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return token, text


def _unfit(actor: Actor, permissions: Collection[str]) -> dict[str, str]:
    if not permissions:
        return {"permissions": _("Choose at least one thing the token may do.")}
    if not set(permissions) <= {str(perm) for perm in actor.permissions}:
        return {"permissions": _("A token cannot do more than you may do yourself.")}
    return {}


@action("token.revoke", needs=Perm.OWN_ACCOUNT)
def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token at once; its owner may, and whoever manages users."""
    if actor.id != token.user_id and Perm.USER_WRITE not in actor.permissions:
        raise Denied(Perm.USER_WRITE)
    row = ApiToken.objects.select_for_update().get(id=token.id)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
