"""Who signs in with a second factor, and for how long each step is good: reference data.

The product's own rule; the days and seconds are cited in `sign_in.json`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class SignInRules:
    """The rules of one version of `sign_in.json`.

    `required` are the roles whose holders enrol a second factor at their next sign-in;
    `drift_steps` is how many steps of a one-time code a wrong clock may be off, either way.
    """

    version: str
    required: frozenset[str]
    drift_steps: int
    recovery_codes: int
    recovery_length: int
    answer_within: timedelta
    reset_within: timedelta

    def requires(self, roles: Collection[str]) -> bool:
        """Whether somebody with these roles needs a second factor."""
        return not self.required.isdisjoint(roles)


def _within(data: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = data[name]
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"must be a whole number from {least} to {most}")
    return value


def read_sign_in_rules(data: Mapping[str, Any], roles: Collection[str] = ()) -> SignInRules:
    """The rules in a document; ValueError for a role outside `roles` or a number out of bounds."""
    required = frozenset(data["required_roles"])
    if roles and (unknown := required - set(roles)):
        raise ValueError(f"unknown roles: {', '.join(sorted(unknown))}")
    return SignInRules(
        version=data["version"],
        required=required,
        # RFC 6238, 5.2: at most one step is recommended for the way of a code
        drift_steps=_within(data, "drift_steps", 0, 2),
        recovery_codes=_within(data, "recovery_codes", 5, 20),
        # 29 letters carry 4.9 bits each; 28 of them make 136 bits (OWASP ASVS 5.0, 11.5.1)
        recovery_length=_within(data, "recovery_length", 12, 30),
        answer_within=timedelta(seconds=_within(data, "answer_seconds", 60, 900)),
        reset_within=timedelta(hours=_within(data, "reset_hours", 1, 168)),
    )
