"""Whether the standby may be asked: only when it holds all that was acknowledged before.

PostgreSQL acknowledges a commit after its log is on disk. A read that begins asks the primary how
far that is, and the standby whether it has replayed as much: what it then shows is not older than
what the primary would have shown, for the person who wrote and for everybody else, on pages and
through the API alike. A standby that is behind is given a moment; one that does not answer, or was
promoted meanwhile, is left alone for some seconds, and the primary is asked instead.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connection

from followup.core.database import bounded
from followup.core.row_security import contexts

logger = logging.getLogger("everwatch.standby")
# What can go wrong on a standby and not on the primary: it is away, it is behind and cancels, or
# somebody writes there.
FAULTS = (OperationalError, InterfaceError, InternalError)
AWAY_SECONDS = 5.0  # how long one that failed is not asked again
BEHIND_SECONDS = 1.0  # the same of one that only was behind
_REPLAYED = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"


class _Rest:
    """Until when this process leaves the standby alone."""

    until: float = 0.0


def leave_alone(seconds: float, why: str) -> None:
    """Ask the primary for so long."""
    _Rest.until = time.monotonic() + seconds
    logger.warning("standby left alone", extra={"error": why})


@contextmanager
def reading() -> Iterator[bool]:
    """Read from the standby in this block; False when the primary is asked instead."""
    if not _may_be_asked():
        yield False
        return
    with contexts.using(contexts.on_standby()):
        yield True


def _may_be_asked() -> bool:
    if settings.STANDBY_DATABASE is None or connection.in_atomic_block:
        return False
    if time.monotonic() < _Rest.until:
        return False
    written = _written()
    try:
        with contexts.using(contexts.on_standby()):
            caught_up = _replays(written)
    except FAULTS as error:
        connection.close()
        leave_alone(AWAY_SECONDS, type(error).__name__)
        return False
    if not caught_up:
        leave_alone(BEHIND_SECONDS, "behind")
    return caught_up


def _written() -> str:
    """How far the primary's log is on disk: every acknowledged commit lies before it."""
    with contexts.using(contexts.as_sign_in()), connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_flush_lsn()")
        return str(cursor.fetchone()[0])


def _replays(position: str) -> bool:
    """Whether the standby has come as far, within the time it is given."""
    end = time.monotonic() + settings.STANDBY_WAIT_SECONDS
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_REPLAYED, [position])
            if cursor.fetchone()[0]:
                bounded.expect(connection.connection, bounded.READ_SECONDS)
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
