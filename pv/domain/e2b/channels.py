"""Channels by which files travel: their kinds, and the light that says how one stands.

The product's own rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class ChannelKind(StrEnum):
    """How a channel moves bytes."""

    FOLDER = "folder"
    AS2 = "as2"
    SFTP = "sftp"
    FDA = "fda"


class Environment(StrEnum):
    """Where a channel leads; what is made for one never travels by the other."""

    TEST = "test"
    PRODUCTION = "production"


LOOKED_INTO = frozenset({ChannelKind.FOLDER, ChannelKind.SFTP})  # kinds with an inbox of files
ANSWERING = frozenset(
    {ChannelKind.AS2, ChannelKind.SFTP, ChannelKind.FDA}
)  # kinds whose other side is waited for
SIGNING_IN = frozenset({ChannelKind.SFTP, ChannelKind.FDA})  # kinds that need a credential of ours


REFUSED_KEPT_DAYS = 365  # a refused message is kept as it came, to be read once keys are mended
REFUSED_KEPT_BYTES = 1_000_000_000  # of one channel: its two names are no secret


class Light(StrEnum):
    """How a channel stands: nothing known, all well, look soon, look now."""

    UNUSED = "unused"
    GOOD = "good"
    SOON = "soon"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """What is known of a channel on a day.

    `oldest_answer_due` is the earliest day on which an answer is awaited; `certificate_days` are
    left on the certificate that ends first, None where the kind has none; `keys_missing` says that
    a kind that needs keys of both sides lacks one that is valid.
    """

    used: bool
    waiting: int = 0
    last_test_passed: bool | None = None
    oldest_answer_due: date | None = None
    certificate_days: int | None = None
    keys_missing: bool = False


def light(facts: ChannelFacts, today: date, warning_days: Sequence[int]) -> Light:
    """The worst of everything that is known."""
    late = facts.oldest_answer_due is not None and facts.oldest_answer_due < today
    days = facts.certificate_days
    ended = days is not None and days < 0
    if facts.waiting or late or ended or facts.keys_missing or facts.last_test_passed is False:
        return Light.NOW
    if days is not None and days <= max(warning_days, default=0):
        return Light.SOON
    return Light.GOOD if facts.used or facts.last_test_passed else Light.UNUSED


def asking_interval(rules: Mapping[str, Any], age: int) -> int:
    """Minutes from one question about a submission to the next, by its age in minutes.

    `ask_minutes` are pairs that rise: up to an age, an interval; `ask_late_minutes` holds after.
    """
    for until, interval in rules["ask_minutes"]:
        if age < until:
            return int(interval)
    return int(rules["ask_late_minutes"])


def fits(environment: Environment, receiver: Mapping[str, object]) -> bool:
    """Whether a receiver's files may travel by a channel; one without an environment may by any."""
    wanted = receiver.get("environment", "none")
    return wanted in ("none", environment.value)
