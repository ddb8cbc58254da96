"""Pure rules of follow-up: facts in, values out; no Django, no clock, no settings.

Sources: each module names its own; the list is docs/domain.md.
"""
