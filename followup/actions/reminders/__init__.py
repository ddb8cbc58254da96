"""Reminders: obligations become notices, once each."""

from followup.actions.reminders.sweeping import Swept, look_back, sweep
from followup.actions.reminders.vitals import beat

__all__ = ["Swept", "beat", "look_back", "sweep"]
