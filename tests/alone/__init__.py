"""A project of follow-up without pharmacovigilance, run by `tests/ground/test_alone.py`."""
