"""Every write of pharmacovigilance."""
