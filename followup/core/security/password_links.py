"""Links by which a person sets a forgotten password: Django's generator on our clock.

A link carries no secret of ours: it is a keyed hash over the account's password hash, its e-mail
address and the time, so it ends with its first use, with any other change of the password or
address, and after PASSWORD_RESET_TIMEOUT seconds.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from followup.core import clock


class _Links(PasswordResetTokenGenerator):
    key_salt = "everwatch.password-link"

    def _now(self) -> datetime:
        """Naive, as the generator wants it."""
        return clock.now().replace(tzinfo=None)

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """A closed account's links end too, and do not come back when it is opened again."""
        active = getattr(user, "is_active", False)
        return f"{super()._make_hash_value(user, timestamp)}{active}"


links = _Links()
