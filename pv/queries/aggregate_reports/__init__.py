"""Aggregate reports: the register, and the blocks a report is made of."""
