"""What a cohort of treated patients shows: times to events, curves, cells that are too small.

Source: domain 8.
"""
