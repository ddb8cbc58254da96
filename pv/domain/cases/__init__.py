"""Cases: the E2B(R3) tree of what a hospital reported, and its drafted narrative.

The product's own rule.
"""

from pv.domain.cases.coded_values import basis, with_coded_values
from pv.domain.cases.flags import Flags, Origin
from pv.domain.cases.icsr_builder import compose, refresh_tests
from pv.domain.cases.narratives import Sent, narrative, sent
from pv.domain.cases.reported import (
    Pregnancy,
    Reaction,
    ReportedCase,
    Suspect,
    Test,
    UnobtainableSample,
)

__all__ = [
    "Flags",
    "UnobtainableSample",
    "Origin",
    "Pregnancy",
    "Reaction",
    "ReportedCase",
    "Sent",
    "Suspect",
    "Test",
    "basis",
    "compose",
    "with_coded_values",
    "narrative",
    "refresh_tests",
    "sent",
]
