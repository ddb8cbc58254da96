"""The follow-up schedule of one infusion: planned visits, their windows and why they are due."""

from followup.domain.schedules.planned import PlannedVisit, Rule
from followup.domain.schedules.planning import FixedVisit, anchor, plan

__all__ = ["FixedVisit", "PlannedVisit", "Rule", "anchor", "plan"]
