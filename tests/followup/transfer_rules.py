"""Whose each row of a patient is after transfers, who reads it and who changes it: the rule alone.

Both walls are held against it (tests/followup/actions/test_transfers.py).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

K = TypeVar("K")


class Part(StrEnum):
    """What kind of row it is, of a patient who is transferred."""

    FRAME = "FRAME"  # who was given what, and what was agreed: goes along, former sites read it
    PERSON = "PERSON"  # who it is and how to reach the person: goes along, former sites lose it
    AHEAD = "AHEAD"  # still to be done: goes along
    DONE = "DONE"  # done, recorded, answered: stays


_ALONG = frozenset({Part.FRAME, Part.PERSON, Part.AHEAD})


@dataclass(frozen=True, slots=True)
class Placed(Generic[K]):
    """A row at a site; `by` is the site that recorded it, where it reads it for good."""

    part: Part
    site: K
    by: K | None = None


@dataclass(frozen=True, slots=True)
class Followed(Generic[K]):
    """A patient: the site that follows now, those before, and every row."""

    site: K
    before: frozenset[K]
    rows: tuple[Placed[K], ...]


def moved(patient: Followed[K], to: K) -> Followed[K]:
    """The patient once a transfer is in force; ValueError for one to the site that follows."""
    if to == patient.site:
        raise ValueError("a transfer leads to another site")
    rows = tuple(replace(r, site=to) if r.part in _ALONG else r for r in patient.rows)
    return Followed(to, (patient.before | {patient.site}) - {to}, rows)


def reads(patient: Followed[K], placed: Placed[K], site: K) -> bool:
    """Whether a site reads a row of the patient."""
    if site in (placed.site, placed.by, patient.site):
        return True
    return placed.part is Part.FRAME and site in patient.before


def writes(placed: Placed[K], site: K) -> bool:
    """Whether a site changes a row: where it is, nowhere else."""
    return placed.site == site
