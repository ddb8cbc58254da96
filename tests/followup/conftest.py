"""People and places of the tests of follow-up."""

from tests.people import nurse, site

__all__ = ["nurse", "site"]
