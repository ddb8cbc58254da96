"""The connection: each statement runs under the login and in the context it was asked in.

The context also names the server: what reads from the standby (`standby.py`) does so under the
same login and the same row security, and comes back to the primary with its context.

The settings are of the session, because pages read outside a transaction, where a local setting
ends with its own statement. So that no connection carries one person's reach into another's
request, what was said last is compared before every statement and what differs is said; all of it
is said after whatever may have undone it: a new connection, a rollback. A connection that goes back
to the pool is told that it serves nobody; one out of the pool that was told so knows that, any
other is told all.
"""

import select
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import Error
from psycopg.pq import TransactionStatus
from psycopg.sql import Literal

from followup.core.database import bounded
from followup.core.row_security import contexts
from followup.core.row_security.contexts import Context, Server
from followup.core.row_security.logins import Login, role_name
from followup.lazy_modules import lazy

pools = lazy("psycopg_pool")
LATELY = 1.0  # seconds
# A plan takes longer to make than most answers. It is kept by the connection from the third time
# a statement is asked; of so many statements, since each plan takes memory of the server.
PREPARED_AFTER, PREPARED_AT_MOST = 2, 40


@lru_cache(maxsize=256)
def _telling(values: tuple[tuple[str, str], ...]) -> str:
    """The statement, written once: binding eighty parameters costs more than running it."""
    parts = (
        f"set_config({Literal(name).as_string()}, {Literal(text).as_string()}, false)"
        for name, text in values
    )
    return f"SELECT {', '.join(parts)}"


def _tell(raw: Any, values: dict[str, str]) -> None:
    raw.execute(_telling(tuple(values.items())))


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What a connection that was given back to the pool was told last, and when it answered."""

    said: Context
    values: Mapping[str, str]
    since: float = field(default_factory=time.monotonic)

    def answered_lately(self, raw: Any) -> bool:
        """Whether it need not be asked: a server that ended it would have said so by now."""
        if time.monotonic() - self.since > LATELY:
            return False
        unasked = select.poll()
        unasked.register(raw.fileno(), select.POLLIN)
        return not unasked.poll(0)


def _answers(raw: Any) -> bool:
    try:
        pools.ConnectionPool.check_connection(raw)
    except Error:
        return False
    return True


class Operations(DatabaseOperations):
    """Those of PostgreSQL with the compiler beside this file."""

    compiler_module = "followup.core.database.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    """Named by ENGINE in the settings."""

    ops_class = Operations
    _connection_pools: ClassVar[dict[str, Any]] = {}
    # Connections that wait in the pool, with what they were told last: nothing of any person.
    _waiting: ClassVar[WeakKeyDictionary[Any, _Waiting]] = WeakKeyDictionary()
    _said: Context | None = None
    _values: Mapping[str, str] = MappingProxyType({})  # the settings that were told for `_said`
    _login: Login = Login.SIGN_IN
    _server: Server = Server.PRIMARY
    _prepares = False

    @property
    def pool(self) -> Any:
        """One pool for each server and login."""
        alias, given = self.alias, self.settings_dict
        self.alias = f"{alias}:{self._server}:{self._login}"
        if self._server is Server.STANDBY:
            self.settings_dict = settings.STANDBY_DATABASE or given
        try:
            return super().pool
        finally:
            self.alias, self.settings_dict = alias, given

    def get_connection_params(self) -> dict[str, Any]:
        """Those of the server and the login."""
        given = self.settings_dict
        if self._server is Server.STANDBY:
            self.settings_dict = settings.STANDBY_DATABASE or given
        try:
            parameters: dict[str, Any] = super().get_connection_params()
        finally:
            self.settings_dict = given
        if settings.DATABASE_LOGINS == "separate" and not settings.AS_OWNER:
            parameters["user"] = role_name(self._login, settings.APPLICATION_ROLE)
        parameters["prepare_threshold"] = PREPARED_AFTER
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that was told nothing yet, or out of the pool what no person reaches."""
        raw = super().get_new_connection(conn_params)
        while self.pool:
            waited = self._waiting.pop(raw, None)
            # One that the pool opened in place of a broken one has waited unseen.
            if (waited is not None and waited.answered_lately(raw)) or _answers(raw):
                self._said, self._values = (waited.said, waited.values) if waited else (None, {})
                return raw
            self.pool.putconn(raw)  # which throws a broken one away
            raw = super().get_new_connection(conn_params)
        self._said, self._values = None, {}
        return raw

    def connect(self) -> None:
        """Open to the server and under the login of the present context."""
        context = contexts.present()
        self._login, self._server = context.login, context.server
        super().connect()

    def _change_login(self) -> None:
        """Leave a connection of another login or server, where no transaction holds it."""
        if self.connection is None or self.in_atomic_block or not self.get_autocommit():
            return
        context = contexts.present()
        separate = settings.DATABASE_LOGINS == "separate" and not settings.AS_OWNER
        if self._server is not context.server or (separate and self._login is not context.login):
            self.close()

    def set_autocommit(self, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        """Before a transaction begins, server and login are chosen."""
        if not autocommit:
            self._change_login()
        super().set_autocommit(autocommit, *args, **kwargs)

    def _below(self) -> Any:
        """Django's own connection, whose private methods the stubs leave out."""
        return super()

    def _cursor(self, name: str | None = None) -> Any:
        self._change_login()
        return self._below()._cursor(name)

    def _close(self) -> None:
        if self.pool and self.connection is not None:
            self._forget(self.connection)
        self._below()._close()

    def _forget(self, raw: Any) -> None:
        """Leave nobody's reach in a connection that is kept; a broken one the pool throws away."""
        said, self._said = self._said, None
        bounded.expect(raw, bounded.ANSWER_SECONDS)
        idle = raw.info.transaction_status == TransactionStatus.IDLE
        if idle and said == contexts.SIGN_IN:
            self._waiting[raw] = _Waiting(said, self._values)
            return
        with suppress(Error):
            if not idle:
                raw.rollback()
            # What is told in a transaction ends with the rollback of the pool.
            raw.autocommit = True
            _tell(raw, contexts.NOTHING.settings())
            self._waiting[raw] = _Waiting(contexts.NOTHING, contexts.NOTHING.settings())

    def create_cursor(self, name: str | None = None) -> Any:
        """Say who asks, then open."""
        self._say(contexts.present())
        if not self._prepares:
            return super().create_cursor(name)
        # For this cursor alone: who asks is told by the connection's own, and never prepared.
        raw: Any = self.connection
        raw.prepared_max, kind = PREPARED_AT_MOST, raw.cursor_factory
        raw.cursor_factory = base.ServerBindingCursor
        try:
            return super().create_cursor(name)
        finally:
            raw.cursor_factory = kind

    def prepared_cursor(self) -> Any:
        """A cursor for a statement whose text stays the same: PostgreSQL keeps its plan.

        The server binds the values, so a place takes one type: its text says which where the
        column beside it does not.
        """
        self._prepares = True
        try:
            return self.cursor()
        finally:
            self._prepares = False

    def _say(self, context: Context) -> None:
        if context is self._said or context == self._said:
            return
        raw: Any = self.connection
        if raw.info.transaction_status == TransactionStatus.INERROR:
            return  # nothing can be said, and nothing read, before the rollback
        values = dict(context.settings())
        if settings.DATABASE_LOGINS == "assumed" and not settings.AS_OWNER:
            values["role"] = role_name(context.login, settings.APPLICATION_ROLE)
        before = {} if self._said is None else self._values
        if new := {name: text for name, text in values.items() if before.get(name) != text}:
            _tell(raw, new)
        self._said, self._values = context, values

    def _rollback(self) -> None:
        self._said = None
        self._below()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        self._said = None
        self._below()._savepoint_rollback(sid)
        self._said = None
