"""One's own running sessions, ended one by one or all at once, after proving who sits here.

Whoever finds a screen unlocked must not shut its owner out: the password and the second factor are
asked again (OWASP ASVS 5.0, 7.5.2).
"""

from uuid import UUID

from followup.actions.second_factors import Proof, check_person
from followup.actions.sessions import end_sessions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import Session, User
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.security import access


@action("session.end", needs=Perm.OWN_ACCOUNT)
def end_session(actor: Actor, user: User, *, public_id: UUID, password: str, proof: Proof) -> None:
    """End one of one's own sessions at once; NotFound for anybody else's, Refused unproven."""
    rows = Session.objects.filter(user_id=actor.id, public_id=public_id)
    if actor.id is None or not rows.exists():
        raise NotFound()
    check_person(actor, user, password=password, proof=proof)
    rows.delete()
    access.record(actor, "session-end", public_id)


@action("session.end_all", needs=Perm.OWN_ACCOUNT)
def end_all(actor: Actor, user: User, *, password: str, proof: Proof, keep: str = "") -> int:
    """Sign out everywhere: every own session but the one with the key `keep` ends; how many.

    API tokens stay: each has a button of its own. Refused unproven.
    """
    check_person(actor, user, password=password, proof=proof)
    count = end_sessions(user, keep=keep)
    access.record(actor, "session-end", "all", reason=str(count))
    return count
