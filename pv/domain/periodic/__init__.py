"""What a periodic report counts and lists: events by term, and lines of serious cases.

Source: domain 4.4.
"""

from pv.domain.periodic.counted import CountedCase
from pv.domain.periodic.events import (
    CaseRecord,
    ReportedEvent,
    Seriousness,
    TabulatedSource,
    events,
)
from pv.domain.periodic.gathering import Gathered
from pv.domain.periodic.listing import Line, line
from pv.domain.periodic.tabulation import Cells, Row, Tabulation

__all__ = [
    "CaseRecord",
    "Cells",
    "CountedCase",
    "Gathered",
    "Line",
    "ReportedEvent",
    "Row",
    "Seriousness",
    "TabulatedSource",
    "Tabulation",
    "events",
    "line",
]
