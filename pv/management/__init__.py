"""Commands of pharmacovigilance and of the whole."""
