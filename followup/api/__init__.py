"""Doors: parse, make one call down, render."""
