"""Pure rules of pharmacovigilance: clocks, E2B(R3), statistics, forecasts.

Sources: each module names its own; the list is docs/domain.md.
"""
