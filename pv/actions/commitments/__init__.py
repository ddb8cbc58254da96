"""Commitments: opened, planned, stepped, updated with reasons, forecast; nothing overwritten."""

from pv.actions.commitments.amending import Description, amend
from pv.actions.commitments.approval_dates import approval_changed, require_status
from pv.actions.commitments.comments import comment, withdraw_comment
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
from pv.actions.commitments.scenarios import (
    keep_scenario,
    remove_scenario,
    restore_scenario,
)
from pv.actions.commitments.signing import on_signature
from pv.actions.commitments.steps import StepInput, review, step
from pv.models.commitment_comments import LONGEST_COMMENT

__all__ = [
    "CentreInput",
    "CommitmentInput",
    "CountInput",
    "Description",
    "LONGEST_COMMENT",
    "MilestoneInput",
    "StepInput",
    "amend",
    "approval_changed",
    "begin",
    "comment",
    "count",
    "forecast",
    "keep_scenario",
    "save_centres",
    "needs_reason",
    "on_signature",
    "recorded_by_step",
    "require_status",
    "remove_scenario",
    "restore_scenario",
    "review",
    "said",
    "step",
    "undo_milestone",
    "update_milestone",
    "withdraw_comment",
]
