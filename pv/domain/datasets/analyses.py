"""Subject-level and time-to-event analysis: the rules of the product's own survival figures.

The day of an event known in part is the middle of the days it can mean, as in the figures, and
flagged; nothing else is imputed. Censoring is 1, a competing death 2, an event 0.

Source: CDISC ADaM implementation guide 1.3, sections 3.2 and 4.2; domain 8 (cohorts).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pv.domain.cohorts.times import (
    COMPETED,
    HAPPENED,
    WHOLE_DATE,
    Endpoint,
    Member,
    outcome_of,
)
from pv.domain.datasets.facts import ENDED
from pv.domain.datasets.records import KEY, Facts, Value

_FLAGS = {0: "Y", len("2026"): "M", len("2026-11"): "D"}  # what of a date was imputed


@dataclass(frozen=True, slots=True)
class Trace:
    """The variable of the tabulation data with a date; `sequence` is None without a number."""

    domain: str
    variable: str
    sequence: int | None = None


def full(value: Value) -> str | None:
    """A date known to the day; None for any other: it is not made whole."""
    return value if isinstance(value, str) and len(value) == WHOLE_DATE else None


def subject_level(subject: Facts, state: str, alive_on: date | None) -> Facts:
    """One record of a subject, last known alive on `alive_on`; `state` is that of the follow-up.

    `subject` are the facts of DM.
    """
    return {
        **subject,
        KEY: "1",
        "consented_on": full(subject["consented"]),
        "death_on": full(subject["died_on"]),
        "last_known_alive": alive_on.isoformat() if alive_on else None,
        "treated": "YES",
        "status": "DISCONTINUED" if state in ENDED else "ONGOING",
        "reason": state if state in ENDED else None,
    }


def flag(text: str) -> str | None:
    """What of a stated date was imputed: day, month and day, or all of it; None for nothing."""
    return _FLAGS.get(len(text))


def times(member: Member, cutoff: date, traces: Mapping[Endpoint, Trace]) -> Iterator[Facts]:
    """A record for each endpoint. `traces` lead to the stated dates of what happened."""
    happenings = {
        Endpoint.DEATH: member.death,
        Endpoint.PROGRESSION: member.progression,
        Endpoint.MALIGNANCY: member.malignancy,
    }
    for endpoint in Endpoint:
        outcome = outcome_of(member, endpoint, cutoff)
        if outcome is None:
            continue
        days, happened = outcome.days.middle, happenings[outcome.by] if outcome.by else None
        trace = traces.get(outcome.by) if outcome.by else _contact(member, cutoff)
        yield {
            KEY: endpoint.value,
            "endpoint": endpoint.value,
            "start": member.day0.isoformat(),
            "on": (member.day0 + timedelta(days=days)).isoformat(),
            "flag": flag(happened.text) if happened else None,
            "days": days,
            "censoring": {HAPPENED: 0, COMPETED: 2}.get(outcome.state, 1),
            "event": outcome.by.value if outcome.by else "none",
            "censored_at": None if outcome.by else _censored_at(member, cutoff),
            "source_domain": trace.domain if trace else None,
            "source_variable": trace.variable if trace else None,
            "source_sequence": trace.sequence if trace else None,
        }


def _censored_at(member: Member, cutoff: date) -> str:
    if member.last_contact is None or member.last_contact < member.day0:
        return "infusion"
    return "cutoff" if member.last_contact > cutoff else "contact"


def _contact(member: Member, cutoff: date) -> Trace | None:
    """Where the day of censoring stands; None for the cut-off, and where death is later than it."""
    where = _censored_at(member, cutoff)
    if where == "infusion":
        return Trace("DM", "RFXSTDTC")
    return Trace("DM", "RFPENDTC") if where == "contact" and member.death is None else None
