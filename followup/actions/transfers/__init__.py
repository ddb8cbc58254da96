"""Follow-up of a patient handed to another site of the register, and back."""

from followup.actions.transfers.asking import TransferInput, accept, ask, refuse, withdraw
from followup.actions.transfers.force import daily

__all__ = ["TransferInput", "accept", "ask", "daily", "refuse", "withdraw"]
