"""Requests of ours to other hosts: to which, how, and with what certainty."""
