"""What a patient may agree to, and what the recorded papers and withdrawals say together.

Each purpose is asked for, refused and withdrawn separately (PIPL 15, 29, 31, 39). What counts now
follows from all papers and withdrawals, in whichever order they were typed. Where a partial day
leaves open which of two came first, the patient counts as not agreeing.

Source: domain 9.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from followup.domain.dates import PartialDate


class Purpose(StrEnum):
    """One purpose of a consent."""

    FOLLOW_UP = "LTFU"
    HOLDER = "HOLDER"  # coded data to the marketing authorisation holder
    SAMPLES = "SAMPLES"  # keeping and testing samples
    CROSS_BORDER = "CROSS_BORDER"  # data and samples outside mainland China
    LATER_CONTACT = "LATER_CONTACT"  # to be asked about later studies
    RESEARCH = "RESEARCH"


class Signer(StrEnum):
    """Who signed a paper."""

    PATIENT = "PATIENT"
    GUARDIAN = "GUARDIAN"
    PROXY = "PROXY"


class Assent(StrEnum):
    """What a child old enough to be asked said."""

    AGREED = "AGREED"
    REFUSED = "REFUSED"


class Word(StrEnum):
    """Where a purpose stands."""

    AGREED = "AGREED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    NEVER_AGREED = "NEVER_AGREED"


@dataclass(frozen=True, slots=True)
class Paper:
    """What one signature says of its purposes; rows of one paper share its `key`.

    `counts_from` is the first day on which it was signed for certain, `ended` the first day on
    which its `purposes` count no more.
    """

    key: Hashable
    signed: PartialDate
    counts_from: date
    purposes: frozenset[str]
    refused: frozenset[str] = frozenset()
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was withdrawn on a day, said of the paper `key`.

    `earlier_too` ends what papers signed before that day agree to as well: a purpose was withdrawn,
    not one sheet of paper.
    """

    key: Hashable
    on: date
    purposes: frozenset[str]
    earlier_too: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a purpose stands, and since which day; no day when nobody ever asked."""

    word: Word
    since: date | None = None


def counts_from(signed: PartialDate, recorded_on: date) -> date:
    """The first day a paper counts: the last day its date can mean, at most the day it was typed.

    What lies on the desk was signed by then.
    """
    return min(signed.latest, recorded_on)


def end_of(
    paper: Paper,
    purpose: str,
    papers: Iterable[Paper],
    withdrawals: Iterable[Withdrawal],
) -> date | None:
    """The first day on which a paper's agreement to a purpose counts no more; None while it does.

    A withdrawal ends its own paper and those signed before it; a refusal on another paper ends
    those that were not signed after it for certain.
    """
    first = paper.signed.earliest
    ends = [
        w.on
        for w in withdrawals
        if purpose in w.purposes and (w.key == paper.key or (w.earlier_too and first < w.on))
    ]
    ends += [
        other.signed.earliest
        for other in papers
        if other.key != paper.key and purpose in other.refused and first <= other.signed.latest
    ]
    return max(min(ends), paper.counts_from) if ends else None


def standing(purpose: str, papers: Iterable[Paper]) -> Standing:
    """Where a purpose stands by papers whose `ended` is known."""
    agreed, said = [], []
    for paper in papers:
        if purpose in paper.purposes and paper.ended is None:
            agreed.append(paper.counts_from)
        elif purpose in paper.purposes and paper.ended is not None:
            said.append((paper.ended, Word.WITHDRAWN))
        if purpose in paper.refused:
            said.append((paper.counts_from, Word.REFUSED))
    if agreed:
        return Standing(Word.AGREED, max(agreed))
    if not said:
        return Standing(Word.NEVER_AGREED)
    since, word = max(said, key=lambda each: (each[0], each[1] is Word.REFUSED))
    return Standing(word, since)


@dataclass(frozen=True, slots=True)
class ConsentRules:
    """The ages of one version of `consents.json`, in years.

    Under `guardian_under` a guardian signs; from `assent_from` the child is asked too, until it is
    of age at `own_from`. At each of `renewed_at` a guardian's signature is to be renewed by the
    patient.
    """

    guardian_under: int
    assent_from: int
    own_from: int
    renewed_at: tuple[int, ...]

    def renewal_year(self, birth_year: int, signed_year: int, this_year: int) -> int | None:
        """Calendar year in which a child whose guardian signed last reached an age of renewal.

        None while it reached none since.
        """
        years = [birth_year + age for age in self.renewed_at]
        return max((y for y in years if signed_year <= y <= this_year), default=None)


def read_consent_rules(data: Mapping[str, Any]) -> ConsentRules:
    """The rules in a document; ValueError for ages out of order."""
    ages = [data[name] for name in ("assent_from", "guardian_under", "own_from")]
    renewed = list(data["renewed_at"])
    if any(type(age) is not int or not 0 < age < 30 for age in (*ages, *renewed)):
        raise ValueError("ages must be whole years between 1 and 29")
    if ages != sorted(ages) or renewed != sorted(set(renewed)) or not renewed:
        raise ValueError("assent_from, guardian_under, own_from and renewed_at must rise")
    assent, guardian, own = ages
    return ConsentRules(guardian, assent, own, tuple(renewed))


def age_on(born: PartialDate, day: PartialDate) -> tuple[int, int]:
    """Least and greatest age in years on a day, as far as both dates are known."""
    return _years(born.latest, day.earliest), _years(born.earliest, day.latest)


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
