"""Tables of pharmacovigilance; constraints keep the truth."""

from pv.models.cases import Case, CaseSource, CaseVersion, ReportClock, Submission, WorkUp
from pv.models.commitments import Commitment, CommitmentEvent, Milestone
from pv.models.reports import PeriodicReport

__all__ = [
    "Case",
    "CaseSource",
    "CaseVersion",
    "Commitment",
    "CommitmentEvent",
    "Milestone",
    "PeriodicReport",
    "ReportClock",
    "Submission",
    "WorkUp",
]
