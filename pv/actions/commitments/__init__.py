"""Commitments: opened, planned, stepped, updated with reasons, forecast; nothing overwritten."""

from pv.actions.commitments.amending import Description, amend
from pv.actions.commitments.enrolment import CentreInput, CountInput, count, forecast, save_centres
from pv.actions.commitments.milestones import (
    MilestoneInput,
    needs_reason,
    recorded_by_step,
    undo_milestone,
    update_milestone,
)
from pv.actions.commitments.opening import CommitmentInput, begin
from pv.actions.commitments.refusals import said
from pv.actions.commitments.signing import on_signature
from pv.actions.commitments.steps import StepInput, review, step

__all__ = [
    "CentreInput",
    "CommitmentInput",
    "CountInput",
    "Description",
    "MilestoneInput",
    "StepInput",
    "amend",
    "begin",
    "count",
    "forecast",
    "save_centres",
    "needs_reason",
    "on_signature",
    "recorded_by_step",
    "review",
    "said",
    "step",
    "undo_milestone",
    "update_milestone",
]
