"""E2B(R3) messages: one element table, the tree, reader, writer, checks, acknowledgements.

Source: domain 6.
"""
