"""Running sessions and tokens of a person, ended by what somebody did about the account."""

from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef

from followup.core import clock, jobs
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import ApiToken, Grant, Session, User
from followup.core.permissions import Perm


@part
def end_sessions(user: User, *, keep: str = "") -> int:
    """End the person's running sessions but the one with the key `keep`; how many."""
    return Session.objects.filter(user_id=user.pk).exclude(session_key=keep).delete()[0]


@part
def end_sessions_of_provider(provider: str, *, user: UUID | None = None, keep: str = "") -> int:
    """End the sessions that began at an identity provider, of one person or of all; how many."""
    rows = Session.objects.filter(provider=provider, user_id__isnull=False)
    if user is not None:
        rows = rows.filter(user_id=user)
    return rows.exclude(session_key=keep).delete()[0]


@part
def end_tokens(user: User) -> int:
    """Revoke the person's living API tokens; how many."""
    rows = list(ApiToken.objects.filter(user=user, revoked_at__isnull=True))
    for token in rows:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
    return len(rows)


@part
def end_access(user: User) -> int:
    """End whatever a person has open at once: sessions, tokens, calendar feed, running jobs."""
    count = end_sessions(user) + end_tokens(user) + jobs.stop_all_of(user.pk)
    if user.calendar_token is not None:
        user.calendar_token = None
        user.save(update_fields=["calendar_token"])
        count += 1
    return count


@action("user.end_access", needs=Perm.SYSTEM)
def end_access_over(actor: Actor, *, today: date) -> int:
    """End what is still open of people whose every right has passed its last day; how many people.

    A page opened meanwhile is refused at once (`security.accounts.access_ended_on`); this clears
    away what would otherwise stay.
    """
    living = Grant.objects.in_force().filter(user=OuterRef("pk"))
    past = Grant.objects.filter(user=OuterRef("pk"), revoked_at__isnull=True, ends_on__lt=today)
    people = User.objects.select_for_update().filter(Exists(past), ~Exists(living))
    return sum(1 for user in people if end_access(user))


@action("session.clear", needs=Perm.SYSTEM)
def clear(actor: Actor) -> int:
    """Delete sessions that ended by themselves; how many."""
    return Session.objects.filter(expire_date__lt=clock.now()).delete()[0]
