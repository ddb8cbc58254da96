"""When a visit is shown among those to call; whom to call is asked in `queries.calls`.

The product's own rule, after domain 1.2.4.
"""

from datetime import date, timedelta

AHEAD = timedelta(days=30)  # project default: what opens within a month is shown beforehand


def shown_from(snoozed_to: date, due: date) -> date:
    """The day on which something put off is shown again."""
    return min(snoozed_to, due)
