"""Statistics of safety: disproportionality, rates, survival, sequential tests. No clock, no I/O.

Source: domain 8.
"""
