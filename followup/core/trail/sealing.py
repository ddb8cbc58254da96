"""Reads of the trail in the order of the seal, in raw SQL: a model row would cost as much again."""

from collections.abc import Iterator, Sequence
from string import Template
from typing import Any

from django.db import connection, transaction

from followup.core.advisory_locks import taken_now
from followup.core.row_security import contexts

_SELECT = ", ".join(
    f"c.{name}::text" if name in ("before", "after") else f"c.{name}"
    for name in (
        "id at transaction database_user actor_id actor_name action reason request_id "
        "table_name operation row_id before after site_id product_id"
    ).split()
)
# Sealed is what no transaction in flight can come before: the transaction id lies below every
# running one of this database. Rows of a restored cluster carry ids that this one has not reached:
# the next id is read with the snapshot of the rows, the oldest running one before it. The order is
# that of `id`, drawn under the lock of the changed row; that of transactions is not: an older one
# may write a row after a younger one has. Nothing passes a change that still has to wait. What the
# sealing transaction wrote itself is sealed with it: both come or neither.
_UNSEALED = """
WITH now AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next),
fresh AS (SELECT c.id, (c.transaction < %(oldest)s OR c.transaction >= now.next
              OR c.transaction = pg_current_xact_id_if_assigned()::text::bigint) AS ripe
          FROM core_change c CROSS JOIN now WHERE c.id > %(passed)s
          AND NOT EXISTS (SELECT 1 FROM core_seal s WHERE s.change_id = c.id))
"""
# A snapshot names the running transactions of the whole cluster, and a copy of another database
# would hold up the seal of this one. Locks name those of this database; what nobody can place
# (prepared, or just ending) counts as ours. What no user runs (autovacuum) writes no change and is
# not waited for. Their ids have 32 bits: the epoch is the next id's.
_OLDEST = """
WITH now AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next),
running AS (
    SELECT now.next - now.next %% 4294967296 + l.transactionid::text::bigint AS id
    FROM now CROSS JOIN pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
    AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND (a.datid IS NULL
         OR (a.usesysid IS NOT NULL
             AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database()))))
SELECT coalesce(min(CASE WHEN running.id > now.next + 2147483648 THEN running.id - 4294967296
                         WHEN running.id < now.next - 2147483648 THEN running.id + 4294967296
                         ELSE running.id END), min(now.next))
FROM now LEFT JOIN running ON true
"""
_RIPE = Template("""$unsealed SELECT $columns FROM core_change c JOIN fresh USING (id)
WHERE c.id < coalesce((SELECT min(id) FROM fresh WHERE NOT ripe), 9223372036854775807)
ORDER BY c.id LIMIT %(limit)s""").substitute(unsealed=_UNSEALED, columns=_SELECT)
_WAITING = Template(
    "$unsealed SELECT count(*), min(at) FROM core_change JOIN fresh USING (id)"
).substitute(unsealed=_UNSEALED)
_WAITING_UP_TO = Template(
    "$unsealed SELECT EXISTS (SELECT 1 FROM fresh WHERE id <= %(last)s)"
).substitute(unsealed=_UNSEALED)
_WALK = Template("""SELECT s.seq, s.change_id, s.content, s.chain, s.sealed_at, $columns
FROM core_seal s LEFT JOIN core_change c ON c.id = s.change_id
WHERE s.seq > %s ORDER BY s.seq""").substitute(columns=_SELECT)
PORTION = 5000


def head() -> tuple[int, bytes] | None:
    """Number and chain of the last seal; None before the first."""
    rows = _rows("SELECT seq, chain FROM core_seal ORDER BY seq DESC LIMIT 1")
    return (int(rows[0][0]), bytes(rows[0][1])) if rows else None


def ripe(passed: int, limit: int) -> list[tuple[Any, ...]]:
    """The next changes to seal, in their order; every change up to `passed` is sealed."""
    return _rows(_RIPE, {"passed": passed, "limit": limit, "oldest": oldest_running()})


def waiting(passed: int) -> tuple[int, Any]:
    """How many visible changes are not sealed, and the moment of the oldest of them."""
    count, oldest = _rows(_WAITING, {"passed": passed, "oldest": oldest_running()})[0]
    return count, oldest


def waiting_up_to(passed: int, last: int) -> bool:
    """Whether a visible change up to a number is not sealed."""
    values = {"passed": passed, "last": last, "oldest": oldest_running()}
    return bool(_rows(_WAITING_UP_TO, values)[0][0])


def horizon() -> tuple[int, int, int]:
    """The oldest running transaction, our own, and a number the trail had drawn before it.

    The number first: whoever drew it has a transaction id below ours. The end of a snapshot
    (`pg_snapshot_xmax`) would not do: what runs beyond the last that ended lies above it.
    """
    last = _rows(
        "SELECT coalesce(pg_sequence_last_value("
        "pg_get_serial_sequence('core_change', 'id')::regclass), 0)"
    )[0][0]
    own = _rows("SELECT pg_current_xact_id()::text::bigint")[0][0]
    return oldest_running(), own, last


def oldest_running() -> int:
    """The oldest transaction that may still write into this database; the next one for none."""
    # Who runs is read once in a transaction: whoever came since would be nobody's, and waited for.
    _rows("SELECT pg_stat_clear_snapshot()", {})
    return int(_rows(_OLDEST, {})[0][0])


def seize() -> bool:
    """The lock of the one sealer, for this transaction; False when another holds it."""
    return taken_now("sealing", "trail")


def write(rows: Sequence[tuple[Any, ...]]) -> None:
    """Add seals: number, change, content, chain, moment."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO core_seal (seq, change_id, content, chain, sealed_at) "
            "VALUES (%s, %s, %s, %s, %s)",
            rows,
        )


def walk(after: int) -> Iterator[tuple[Any, ...]]:
    """Every seal past a number with its change (all None when it is gone), in portions."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(_WALK, [after])
        while rows := cursor.fetchmany(PORTION):
            yield from rows


def _rows(question: str, values: Any = None) -> list[tuple[Any, ...]]:
    # The chain is one for all: whoever asks for its head or its lag asks the whole of it.
    with contexts.whole(), connection.cursor() as cursor:
        cursor.execute(question, values)
        return list(cursor.fetchall())


def sealed_at() -> Any:
    """The moment of the last seal; None before the first."""
    rows = _rows("SELECT sealed_at FROM core_seal ORDER BY seq DESC LIMIT 1")
    return rows[0][0] if rows else None


def chain_at(seq: int) -> bytes | None:
    """The chain at a number; None when there is no such seal."""
    rows = _rows("SELECT chain FROM core_seal WHERE seq = %s", [seq])
    return bytes(rows[0][0]) if rows else None


def first_after(seq: int) -> int:
    """The lowest number of the trail that is sealed after `seq`; beyond all when there is none."""
    rows = _rows("SELECT min(change_id) FROM core_seal WHERE seq > %s", [seq])
    return int(rows[0][0]) if rows and rows[0][0] is not None else 2**62
