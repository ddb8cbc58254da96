"""Every read of follow-up; the first argument is the actor."""
