"""ICSRs from partners and authorities: taken in, then accepted or rejected by a person."""

from pv.actions.receptions.files import Line, in_words, take_in_all
from pv.actions.receptions.intake import Outcome, Taken, take_in
from pv.actions.receptions.review import accept, reject

__all__ = [
    "Line",
    "Outcome",
    "Taken",
    "accept",
    "in_words",
    "reject",
    "take_in",
    "take_in_all",
]
