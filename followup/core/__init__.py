"""Ground floor of the whole system: who acts, the one door to a write, the audit trail, scope."""
