"""People, places and cases of the tests of pharmacovigilance."""

from tests.people import case, nurse, officer, site

__all__ = ["case", "nurse", "officer", "site"]
