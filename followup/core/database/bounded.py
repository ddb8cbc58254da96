"""A connection that waits for an answer only so long: a frozen server takes questions for ever.

The server's own `statement_timeout` does not end there, and a kernel that lives on keeps the
connection open.
"""

from typing import Any

import psycopg

ANSWER_SECONDS = 1.0  # to say whether it is there at all
READ_SECONDS = 75.0  # above the longest statement that the settings allow by default


class Bounded(psycopg.Connection[Any]):
    """Closed, with OperationalError, after an error or `patience` seconds without an answer."""

    patience: float = ANSWER_SECONDS

    def wait(self, *args: Any, **kwargs: Any) -> Any:
        """Wait for one step of the protocol."""
        kwargs.setdefault("timeout", self.patience)
        try:
            return super().wait(*args, **kwargs)
        except psycopg.OperationalError:
            self.pgconn.finish()  # what was asked may still be under way: of no further use
            raise


def expect(raw: Any, seconds: float) -> None:
    """Let a bounded connection wait so long from here on; any other waits as before."""
    if isinstance(raw, Bounded):
        raw.patience = seconds
