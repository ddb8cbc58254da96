"""Pure rules of follow-up: facts in, values out; no Django, no clock, no settings."""
