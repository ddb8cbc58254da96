"""ICSRs from partners and authorities: taken in, then accepted or rejected by a person."""

from pv.actions.receptions.files import Line, import_icsrs, in_words
from pv.actions.receptions.intake import ReceptionOutcome, Taken, import_icsr
from pv.actions.receptions.review import accept, reject

__all__ = [
    "Line",
    "ReceptionOutcome",
    "Taken",
    "accept",
    "in_words",
    "reject",
    "import_icsr",
    "import_icsrs",
]
