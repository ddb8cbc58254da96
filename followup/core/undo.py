"""How long an undo is offered after a write, and how long it is accepted. Project default."""

from datetime import datetime, timedelta

from followup.core import clock

OFFERED = timedelta(seconds=30)
ACCEPTED = OFFERED + timedelta(seconds=15)  # for the network and a slow hand


def too_late(recorded_at: datetime) -> bool:
    """Whether what was recorded then can no longer be undone, only corrected."""
    return clock.now() - recorded_at > ACCEPTED
