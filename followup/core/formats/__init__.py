"""Dates look alike in both languages: year, month, day."""
