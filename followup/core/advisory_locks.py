"""Advisory locks of the database: who does the same thing at once waits for the other.

PostgreSQL documentation, 13.3.5. A lock is held until the transaction ends. Two purposes never
wait for each other, whatever their keys.
"""

from django.db import connection

_KEY = "hashtextextended(%s, 0)"


def wait_for(purpose: str, key: str) -> None:
    """Hold the lock of a purpose and key; waits while another transaction holds it."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [f"{purpose}:{key}"])


def share(purpose: str, key: str) -> None:
    """Hold the lock of a purpose and key together with others who share it.

    Waits while one transaction holds it alone (`wait_for`), which waits for all who share it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_KEY})", [f"{purpose}:{key}"])


def taken_now(purpose: str, key: str) -> bool:
    """Whether the lock was free and is held now; never waits."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({_KEY})", [f"{purpose}:{key}"])
        return bool(cursor.fetchone()[0])
