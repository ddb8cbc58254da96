"""Benchmarks: each module is one job whose `cases(quick)` yields rows with a ratio to a limit."""
