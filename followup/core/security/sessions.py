"""The session store: Django's on PostgreSQL, which also keeps whose a session is.

So the sessions of one person are found by an index, listed, and ended at once; and a request
reads its session, the person and the person's rights by one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as Stored
from django.db.models import CharField, DateField, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject, Now

from followup.core import clock
from followup.core.models import Grant, Session, User
from followup.core.security.accounts import HELD
from followup.core.statements import Given, written_once


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session it is, with the rights in force on the day it was read."""

    user: User
    held: Sequence[Mapping[str, Any]]


class SessionStore(Stored):
    """Named by SESSION_ENGINE. `signed_in` is as the database had it when the session was read."""

    signed_in: SignedIn | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        return Session

    def load(self) -> dict[str, Any]:
        """The data of a session that has not ended; empty, and no key, without one."""
        key = self.session_key
        for user in _of_person(key=key, today=clock.today()):
            self.signed_in = SignedIn(user, user.held)
            found = [user.session_data]
            break
        else:
            found = _data(key=key)
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0])
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row of a session: what pages and actions ask for is in columns."""
        user = data.get("_auth_user_id")
        if user:
            data.setdefault("public_id", str(uuid4()))
        row: Any = super().create_model_instance(data)
        if user:
            row.user_id, row.public_id = UUID(user), UUID(data["public_id"])
            row.started_at = _moment(data.get("started"))
            row.seen_at = _moment(data.get("seen") or data.get("started"))
            row.signed_in_by = _short(data, "signed_in_by", 30)
            row.provider = _short(data, "provider", 60)
        row.device, row.address = _short(data, "device", 200), _short(data, "address", 45)
        return row


def signed_in(session: SessionBase) -> SignedIn | None:
    """Whose session it is, which reads it; None when nobody is signed in."""
    session.get("_auth_user_id")
    return session.signed_in if isinstance(session, SessionStore) else None


def _running() -> QuerySet[Session]:
    running = Session.objects.filter(expire_date__gt=Now())
    return running.filter(session_key=Given("key", CharField()))


@written_once
def _data() -> QuerySet[Session, str]:
    return _running().values_list("session_data", flat=True)


@written_once
def _of_person() -> QuerySet[Any]:
    """Whoever a running session belongs to, with `session_data` and the rights in force."""
    rights = Grant.objects.filter(user=OuterRef("pk")).in_force_on(Given("today", DateField()))
    return User.objects.filter(pk=Subquery(_running().values("user_id"))).annotate(
        session_data=Subquery(_running().values("session_data")),
        held=ArraySubquery(rights.values(right=JSONObject(**{name: name for name in HELD}))),
    )


def _short(data: Mapping[str, Any], name: str, most: int) -> str:
    return str(data.get(name) or "")[:most]
