"""Signals: background rates and counts others publish, what is expected, and the way to a decision.

Source: domain 8; GVP module IX for the steps of a signal.
"""
