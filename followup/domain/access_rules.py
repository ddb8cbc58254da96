"""How rights are given, for how long, and how often they are looked through: reference data.

The product's own rule; days and hours are cited in `access.json`.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class AccessRules:
    """The rules of one version of `access.json`.

    A right of a role in `time_boxed` needs a last day, at most `longest` after the day it is given
    on. A request of one administrator waits `request_within` for a second one. Rights are reviewed
    every `review_months` months (a divisor of twelve), `review_within` after the period began.
    Holders of `reveal_roles` may ask to see the identity of one patient elsewhere, and see it for
    `reveal_for`.
    """

    version: str
    time_boxed: frozenset[str]
    longest: timedelta
    request_within: timedelta
    review_months: int
    review_within: timedelta
    reveal_roles: frozenset[str]
    reveal_for: timedelta

    def last_day(self, role: str, today: date) -> date | None:
        """The latest possible last day of a right given today; None where it needs none."""
        return today + self.longest if role in self.time_boxed else None

    def period_begins(self, day: date) -> date:
        """First day of the period of reviews that `day` lies in; periods begin on 1 January."""
        month = (day.month - 1) // self.review_months * self.review_months + 1
        return date(day.year, month, 1)


def _within(data: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = data[name]
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}")
    return value


def _roles(data: Mapping[str, Any], name: str, known: Collection[str]) -> frozenset[str]:
    roles = frozenset(data[name])
    if known and (unknown := roles - set(known)):
        raise ValueError(f"{name}: unknown roles: {', '.join(sorted(unknown))}")
    return roles


def read_access_rules(
    data: Mapping[str, Any], roles: Collection[str] = (), care: Collection[str] = ()
) -> AccessRules:
    """The rules in a document; ValueError for an unknown role or a number out of bounds.

    `care` are the roles that read on the basis of care: no other may be shown an identity, since
    the consent to pass data to a holder covers coded data only.
    """
    reveal = _roles(data, "reveal_roles", roles)
    if care and (others := reveal - set(care)):
        raise ValueError(f"reveal_roles: never shown an identity: {', '.join(sorted(others))}")
    months = _within(data, "review_months", 1, 12)
    if 12 % months:
        raise ValueError("review_months must divide a year")
    return AccessRules(
        version=data["version"],
        time_boxed=_roles(data, "time_boxed_roles", roles),
        longest=timedelta(days=_within(data, "time_boxed_days", 1, 366)),
        request_within=timedelta(hours=_within(data, "request_hours", 1, 336)),
        review_months=months,
        review_within=timedelta(days=_within(data, "review_days", 1, 92)),
        reveal_roles=reveal,
        reveal_for=timedelta(minutes=_within(data, "reveal_minutes", 1, 480)),
    )
