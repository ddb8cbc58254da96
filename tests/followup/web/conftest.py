"""On a page a nurse is an account that signs in."""

from tests.people import nurse_account

__all__ = ["nurse_account"]
