"""Every write of follow-up; each passes the one door of followup.core.action."""
