"""Every read of pharmacovigilance; the first argument is the actor."""
