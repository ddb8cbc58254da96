"""The session store: Django's on PostgreSQL, which also keeps whose a session is.

So the sessions of one person are found by an index, listed, and ended at once.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib.sessions.backends.db import SessionStore as Stored
from django.db.models import CharField, QuerySet
from django.db.models.functions import Now

from followup.core.models import Session
from followup.core.statements import Given, written_once


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


class SessionStore(Stored):
    """Named by SESSION_ENGINE."""

    @classmethod
    def get_model_class(cls) -> Any:
        """The table."""
        return Session

    def load(self) -> dict[str, Any]:
        """The data of a session that has not ended; empty, and no key, without one."""
        found = _data(key=self.session_key)
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


@written_once
def _data() -> QuerySet[Session, str]:
    running = Session.objects.filter(expire_date__gt=Now())
    return running.filter(session_key=Given("key", CharField())).values_list(
        "session_data", flat=True
    )


def _short(data: Mapping[str, Any], name: str, most: int) -> str:
    return str(data.get(name) or "")[:most]
