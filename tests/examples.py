"""How many generated examples a property is tried with."""

import os


def at_most(count: int) -> int:
    """`count`, or fewer where EVERWATCH_EXAMPLES asks for fewer; a long comparison adds none."""
    return min(count, int(os.environ.get("EVERWATCH_EXAMPLES", count)))
