"""Reminders: obligations become notices, once each."""

from followup.actions.reminders.heartbeats import beat
from followup.actions.reminders.sweeping import Swept, look_back, sweep

__all__ = ["Swept", "beat", "look_back", "sweep"]
