"""The audit trail afterwards: its seal, rows as known at a seal number, what can be signed."""
