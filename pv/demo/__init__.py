"""The demo's world: invented people, lives and cases, told through the real actions.

A Django application of its own, for its command; the production image does not hold it.
"""
