"""Notices: e-mail goes out of the outbox, and a person reads what is in the bell."""

from followup.actions.notices.read_marks import read, read_all
from followup.actions.notices.sending import Sent, deliver
from followup.actions.notices.steps import Letter, claim, finish

__all__ = ["Letter", "Sent", "claim", "deliver", "finish", "read", "read_all"]
