"""Accounts at identity providers linked to people, and what their groups speak for.

Never by e-mail or user name: whoever chooses those at the provider would choose whose account
opens. The number is written by an administrator, or linked by the person from inside a session.
"""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions.second_factors import Proof, check_person
from followup.actions.sessions import end_sessions_of_provider
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import GroupRule, IdentityProvider, LinkedAccount, User
from followup.core.permissions import Perm, Role
from followup.core.problems import Denied, Refused
from followup.domain.identity_providers import LONGEST_GROUP, LONGEST_SUBJECT
from followup.queries import access_rules


@part
def _link(
    actor: Actor, user: User, provider: IdentityProvider, subject: str, *, keep: str = ""
) -> LinkedAccount:
    """The link by this number; sessions by another number end but the one with the key `keep`."""
    if actor.id is None:
        raise Denied(Perm.OWN_ACCOUNT)  # a process knows nobody
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        raise Refused({"subject": _("Enter the number the provider knows the person by.")})
    if provider.closed_at is not None:
        raise Refused(_("This provider is closed."))
    living = LinkedAccount.objects.select_for_update().filter(
        provider=provider, ended_at__isnull=True
    )
    if living.filter(subject=subject).exclude(user=user).exists():
        raise Refused({"subject": _("This number is linked to another account.")})
    known = living.filter(user=user).first()
    if known is not None and (known.subject, known.linked_by_id) == (subject, actor.id):
        return known
    if known is not None:
        known.ended_at = clock.now()
        known.save(update_fields=["ended_at"])
        if known.subject != subject:  # whoever has the former number may be somebody else
            end_sessions_of_provider(provider.name, user=user.id, keep=keep)
    return LinkedAccount.objects.create(
        user=user,
        provider=provider,
        subject=subject,
        linked_by_id=actor.id,
        linked_at=clock.now(),
    )


@part
def _end(row: LinkedAccount, *, keep: str = "") -> None:
    """The link, and the sessions that began by it but the one with the key `keep`."""
    if row.ended_at is None:
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
    end_sessions_of_provider(row.provider.name, user=row.user_id, keep=keep)


@part
def forget_groups(row: LinkedAccount) -> None:
    """The groups are unknown, which is not "none": the dry run leaves the person out."""
    if row.groups_at is not None:
        row.groups, row.groups_at = [], None
        row.save(update_fields=["groups", "groups_at"])


@action("linked_account.write", needs=Perm.USER_WRITE)
def write(
    actor: Actor, user: User, *, provider: IdentityProvider, subject: str, reason: str
) -> LinkedAccount:
    """Write down by which number a provider knows a person; not for oneself.

    Until the person links it in a session, our own second factor is asked whatever the provider
    states: one administrator alone opens no account.
    """
    if actor.id is None or actor.id == user.id:
        raise Refused(_("Link your own account under your settings."))
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    return _link(actor, user, provider, subject.strip())


@action("linked_account.end", needs=Perm.USER_WRITE)
def end(actor: Actor, account: LinkedAccount, *, reason: str) -> None:
    """End a link; one administrator may, it only takes away."""
    if not reason.strip():
        raise Refused({"reason": _("Say why.")})
    _end(LinkedAccount.objects.select_for_update().get(id=account.id))


@action("linked_account.prove", needs=Perm.OWN_ACCOUNT)
def prove(actor: Actor, user: User, *, password: str, proof: Proof) -> str:
    """Who sits here, before the person is sent to a provider to link an account."""
    return check_person(actor, user, password=password, proof=proof)


@action("linked_account.link_own", needs=Perm.OWN_ACCOUNT)
def link_own(
    actor: Actor, user: User, *, provider: IdentityProvider, subject: str, keep: str = ""
) -> LinkedAccount:
    """Link the account a person has just signed in with at the provider, after `prove`.

    The session with the key `keep` goes on.
    """
    if actor.id != user.id:
        raise Denied(Perm.OWN_ACCOUNT)
    return _link(actor, user, provider, subject, keep=keep)


@action("linked_account.end_own", needs=Perm.OWN_ACCOUNT)
def end_own(
    actor: Actor,
    account: LinkedAccount,
    *,
    user: User,
    password: str,
    proof: Proof,
    keep: str = "",
) -> None:
    """End a link of one's own; the session with the key `keep` goes on."""
    check_person(actor, user, password=password, proof=proof)
    _end(LinkedAccount.objects.select_for_update().get(id=account.id, user=user), keep=keep)


@action("linked_account.note_groups", needs=Perm.OWN_ACCOUNT)
def note_groups(actor: Actor, account: LinkedAccount, *, groups: Collection[str] | None) -> None:
    """Keep the groups the provider named at this sign-in, for the dry run; they give nothing.

    None when it said nothing of groups: then they are unknown, whatever it said before.
    """
    row = LinkedAccount.objects.select_for_update().get(id=account.id)
    if row.user_id != actor.id:
        raise Denied(Perm.OWN_ACCOUNT)
    if groups is None:
        forget_groups(row)
    elif row.groups != list(groups) or row.groups_at is None:
        row.groups, row.groups_at = list(groups), clock.now()
        row.save(update_fields=["groups", "groups_at"])


@action("group_rule.add", needs=Perm.USER_WRITE)
def add_rule(
    actor: Actor,
    *,
    provider: IdentityProvider,
    group: str,
    role: str,
    site: UUID | None,
    product: UUID | None,
    all_sites: bool,
    all_products: bool,
) -> GroupRule:
    """Say for which right a group speaks. It proposes; two administrators give."""
    if provider.closed_at is not None:
        raise Refused(_("This provider is closed."))
    problems = {}
    if not 1 <= len(group.strip()) <= LONGEST_GROUP:
        problems["group"] = _("Enter the group as the provider names it.")
    if role not in list(Role):
        problems["role"] = _("Unknown role.")
    elif access_rules.rules().last_day(role, clock.today()) is not None:
        problems["role"] = _("A right of this role has a last day: ask for it person by person.")
    if (site is None) is not all_sites:
        problems["site"] = _("Choose one site or all sites.")
    if (product is None) is not all_products:
        problems["product"] = _("Choose one product or all products.")
    if problems:
        raise Refused(problems)
    row, _made = GroupRule.objects.get_or_create(
        provider=provider,
        group=group.strip(),
        role=role,
        site_id=site,
        product_id=product,
        all_sites=all_sites,
        all_products=all_products,
        ended_at=None,
        defaults={"added_at": clock.now()},
    )
    return row


@action("group_rule.end", needs=Perm.USER_WRITE)
def end_rule(actor: Actor, rule: GroupRule) -> None:
    """Take a rule away; the rights it proposed stay."""
    row = GroupRule.objects.select_for_update(of=("self",)).get(id=rule.id)
    if row.ended_at is None:
        row.ended_at = clock.now()
        row.save(update_fields=["ended_at"])
