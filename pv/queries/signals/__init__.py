"""Signals: special-interest events, seen against expected, disproportionality, the register."""
