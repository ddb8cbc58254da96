"""Identity providers: asked for by one administrator, opened or changed by another, closed by one.

Whoever enters a provider decides who can sign in as whom, so it takes two, as roles do.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followup.actions.administrator_requests import close_late, turn_down
from followup.actions.linked_accounts import forget_groups
from followup.actions.sessions import end_sessions_of_provider
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import IdentityProvider, IdentityProviderRequest, LinkedAccount
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import rotations, secrets
from followup.core.security.openid import is_issuer
from followup.queries import access_rules
from followup.queries import identity_providers as queries

_SETTINGS = (
    "name",
    "issuer",
    "client_id",
    "scopes",
    "subject_claim",
    "groups_claim",
    "accepted",
    "longest_minutes",
)
_CLAIM = re.compile(r"[A-Za-z0-9_.:/-]{1,60}")
_SCOPES = re.compile(r"[A-Za-z0-9_.:/-]+( [A-Za-z0-9_.:/-]+)*")
# OpenID Connect Core 5.1: claims a person can choose, or that pass on to somebody else; by 5.7
# only sub, with the issuer, is relied on as a number.
_CHOSEN = frozenset(
    {
        *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"),
        *("profile", "picture", "website", "email", "phone_number", "gender", "birthdate"),
    }
)
LONGEST_MINUTES = 24 * 60


def _problems(values: Mapping[str, Any], provider: IdentityProvider | None) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    others = IdentityProvider.objects.filter(closed_at__isnull=True)
    others = others.exclude(id=provider.id) if provider else others
    if not 1 <= len(values["name"]) <= 60:
        problems["name"] = _("Name the provider, with at most 60 characters.")
    elif others.filter(name=values["name"]).exists():
        problems["name"] = _("Another provider has this name.")
    if not is_issuer(values["issuer"]) or len(values["issuer"]) > 300:
        problems["issuer"] = _(
            "Enter the issuer as the provider states it, beginning with https://"
        )
    elif provider is not None and values["issuer"] != provider.issuer:
        problems["issuer"] = _("The issuer stays: enter another provider instead.")
    elif others.filter(issuer=values["issuer"]).exists():
        problems["issuer"] = _("This provider is entered already.")
    if not values["client_id"] or len(values["client_id"]) > 200:
        problems["client_id"] = _("Enter the number this installation has at the provider.")
    scopes = values["scopes"]
    if not _SCOPES.fullmatch(scopes) or len(scopes) > 200 or "openid" not in scopes.split():
        problems["scopes"] = _("Enter the scopes with spaces between them; openid is one of them.")
    if not _CLAIM.fullmatch(values["subject_claim"]):
        problems["subject_claim"] = _("Enter the name of the claim, for example sub.")
    elif values["subject_claim"].lower() in _CHOSEN:
        problems["subject_claim"] = _(
            "People choose this claim, or it passes on to others: whoever has it would be let in. "
            "Take sub or an employee number."
        )
    elif provider is not None and values["subject_claim"] != provider.subject_claim:
        linked = LinkedAccount.objects.filter(provider=provider, ended_at__isnull=True)
        if linked.exists():
            problems["subject_claim"] = _("The claim stays while accounts are linked by it.")
    if values["groups_claim"] and not _CLAIM.fullmatch(values["groups_claim"]):
        problems["groups_claim"] = _("Enter the name of the claim, for example groups.")
    if len(values["accepted"]) > 20 or any(not 1 <= len(t) <= 100 for t in values["accepted"]):
        problems["accepted"] = _("Enter at most 20 values, each on its own line.")
    minutes = values["longest_minutes"]
    if type(minutes) is not int or not 0 <= minutes <= LONGEST_MINUTES:
        problems["longest_minutes"] = _("Enter whole minutes, at most a day.")
    return problems


def _living_links(provider: IdentityProvider) -> QuerySet[LinkedAccount]:
    rows = LinkedAccount.objects.select_for_update()
    return rows.filter(provider=provider, ended_at__isnull=True)


def _waiting(**of: Any) -> QuerySet[IdentityProviderRequest]:
    rows = IdentityProviderRequest.objects.select_for_update(of=("self",))
    return rows.filter(decided_at__isnull=True, **of)


@action("identity_provider.ask", needs=Perm.USER_WRITE)
def ask(
    actor: Actor,
    *,
    provider: IdentityProvider | None = None,
    settings: Mapping[str, Any],
    client_secret: str,
    reason: str,
) -> IdentityProviderRequest:
    """Ask a second administrator to open a provider, or to give an open one other settings.

    An empty secret keeps the one an open provider has.
    """
    if actor.id is None:
        raise Denied(Perm.USER_WRITE)  # two persons, and a process is none
    if provider is not None and provider.closed_at is not None:
        raise Refused(_("This provider is closed."))
    values = {name: settings[name] for name in _SETTINGS}
    problems = _problems(values, provider)
    if not reason.strip():
        problems["reason"] = _("Say why.")
    if len(client_secret) > 500:
        problems["client_secret"] = _("The secret is too long.")
    if problems:
        raise Refused(problems)
    close_late(
        _waiting(issuer=values["issuer"]),
        _("The same request already waits for a second administrator."),
    )
    now = clock.now()
    row = IdentityProviderRequest(
        provider=provider,
        reason=reason.strip(),
        asked_by_id=actor.id,
        asked_at=now,
        expires_at=now + access_rules.rules().request_within,
        **values,
    )
    known = client_secret or (queries.secret(provider) if provider else "")
    row.client_secret = secrets.encrypt(known, queries.place(row)) if known else ""
    row.save(force_insert=True)
    return row


@action("identity_provider.decide", needs=Perm.USER_WRITE)
def decide(
    actor: Actor, request: IdentityProviderRequest, *, agree: bool, reason: str = ""
) -> IdentityProvider | None:
    """Agree to a request of another administrator, or turn it down.

    Agreed, the sign-in page offers the provider with these settings.
    """
    row = IdentityProviderRequest.objects.select_for_update(of=("self",)).get(id=request.id)
    if row.decided_at is not None or row.expires_at <= clock.now():
        raise Refused(_("This request is no longer open."))
    if actor.id is None or (agree and actor.id == row.asked_by_id):
        raise Refused(_("A second administrator has to agree: not the one who asked."))
    if not agree and not reason.strip():
        raise Refused({"reason": _("Say why it is turned down.")})
    row.decided_by_id, row.decided_at, row.agreed = actor.id, clock.now(), agree
    provider = _settle(row) if agree else None
    row.save(update_fields=["decided_by", "decided_at", "agreed", "provider"])
    return provider


@part
def _settle(row: IdentityProviderRequest) -> IdentityProvider:
    values = {name: getattr(row, name) for name in _SETTINGS}
    provider = row.provider
    if problems := _problems(values, provider):
        raise Refused(problems)  # what was possible when it was asked may be no longer
    if provider is None:
        provider = IdentityProvider(opened_at=clock.now())
    elif provider.closed_at is not None:
        raise Refused(_("This provider is closed."))
    elif provider.name != row.name:
        end_sessions_of_provider(provider.name)  # they name it, and would outlive its closing
    if provider.groups_claim != row.groups_claim:
        for account in _living_links(provider):
            forget_groups(account)  # another claim names other groups
    for name, value in values.items():
        setattr(provider, name, value)
    known = queries.secret(row)
    provider.client_secret = secrets.encrypt(known, queries.place(provider)) if known else ""
    provider.save()
    row.provider = provider
    return provider


@action("identity_provider.close", needs=Perm.USER_WRITE)
def close(actor: Actor, provider: IdentityProvider, *, reason: str) -> None:
    """Take a provider off the sign-in page at once; its links and sessions end with it.

    What was asked of it is turned down: it would hold the issuer back from being entered again. One
    administrator may: it only takes away, and a provider that was broken into cannot wait.
    """
    if actor.id is None:
        raise Denied(Perm.USER_WRITE)  # a process has nobody to name
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    row = IdentityProvider.objects.select_for_update().get(id=provider.id)
    if row.closed_at is not None:
        return
    now = clock.now()
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    for account in _living_links(row):
        account.ended_at = now
        account.save(update_fields=["ended_at"])
    for request in _waiting(provider=row):
        turn_down(request, actor.id)
    end_sessions_of_provider(row.name)


@action("identity_provider.rotate_keys", needs=Perm.SYSTEM)
def rotate_keys(actor: Actor) -> rotations.Rotated:
    """Seal what is not under the newest key again; a secret that cannot be read is named."""
    done = rotations.Rotated()
    for model in (IdentityProvider, IdentityProviderRequest):
        sealed: Any = model.objects.select_for_update(of=("self",)).exclude(client_secret="")
        done += rotations.column(sealed.order_by("id"), "client_secret", queries.place)
    return done
