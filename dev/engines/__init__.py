"""Embedded servers of the demo and the tests, their processes and their folders."""
