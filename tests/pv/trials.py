"""A confirmatory trial that is counted."""

from followup.core import clock
from pv.actions import commitments as actions
from pv.actions.commitments import CountInput
from pv.models import Commitment


def counted(keeper, row, **values) -> Commitment:
    """Record a count that allows a forecast, some of it changed."""
    given = {
        "counted_on": clock.today(),
        "enrolled": 90,
        "lost": 2,
        "matured": 10,
        "target": 120,
        "maturity_days": 180,
    }
    lock = Commitment.objects.get(id=row.id).lock_version
    return actions.count(keeper, row, given=CountInput(**given | values), lock_version=lock)
