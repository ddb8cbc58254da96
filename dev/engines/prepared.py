"""What a start of the demo has prepared in its database, so that the next start need not."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from dev.engines import data_folders
from dev.engines.databases import Addresses

# Another database, one that was migrated by hand, or one without data is prepared again.
STATE = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database()),
       (SELECT count(*) FROM django_migrations),
       (SELECT max(id) FROM django_migrations)
WHERE EXISTS (SELECT FROM followup_patient)
"""
AGE_OF_TICK = "SELECT extract(epoch FROM now() - at) FROM core_heartbeat WHERE name = 'tick'"


@dataclass(frozen=True)
class Prepared:
    """The mark of a start that migrated, loaded the reference data and found or made patients."""

    mark: Path
    addresses: Addresses

    def logins(self) -> str | None:
        """The logins as they were printed then; None when all has to be prepared (again)."""
        state = self._ask(STATE)
        with contextlib.suppress(OSError, ValueError, KeyError):
            kept = json.loads(self.mark.read_text())
            if state is not None and kept["key"] == self._key(state):
                return str(kept["logins"])
        return None

    def keep(self, logins: str) -> None:
        """Remember this preparation; a database without patients is not remembered."""
        state = self._ask(STATE)
        if state is not None:
            self.mark.write_text(json.dumps({"key": self._key(state), "logins": logins}))

    def age_of_tick(self) -> float | None:
        """Seconds since the last tick; None before the first. A command would cost a second."""
        row = self._ask(AGE_OF_TICK)
        return None if row is None else float(row[0])

    def _ask(self, question: str) -> tuple[Any, ...] | None:
        try:
            with contextlib.closing(
                psycopg.connect(
                    self.addresses.owner, connect_timeout=5, options="-c everwatch.mode=system"
                )
            ) as connection:
                return connection.execute(question.encode()).fetchone()
        except psycopg.Error:
            return None

    def _key(self, state: tuple[Any, ...]) -> str:
        return f"{data_folders.demo_key(self.addresses.name)} {state}"
