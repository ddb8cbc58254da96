"""Where a patient's follow-up stands: searched for, lost, moved away, withdrawn, not dead."""
