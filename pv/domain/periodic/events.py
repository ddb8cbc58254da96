"""The reactions of a case as a periodic report counts them.

Source: domain 4.4.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from json.encoder import encode_basestring

from pv.domain.cases.flags import CRITERIA, Flags, of_tree
from pv.domain.causality import CausalityRules
from pv.domain.e2b.message import Message, Node

_FROM_STUDY = "2"  # C.1.3


class Seriousness(StrEnum):
    """Of one event; a case nobody has assessed is unknown, never non-serious."""

    SERIOUS = "serious"
    NON_SERIOUS = "non_serious"
    UNKNOWN = "unknown"


class TabulatedSource(StrEnum):
    """ICH E2C(R2) tabulates spontaneous and solicited reports apart."""

    SPONTANEOUS = "spontaneous"
    SOLICITED = "solicited"


@dataclass(frozen=True)
class CaseRecord:
    """One case as it stood at the data lock; header, table and listing all ask this one.

    `stated` is what its sources had said by the lock. `settled`: nothing was learned after the
    lock, so what the message says belongs to it too; else the message may already say more.
    `entered_on` is the day the case entered the register, which may lie after the lock. `listed`
    says of each reaction whether the reference safety information at the lock names it.
    """

    number: str
    version: int
    received_on: date
    entered_on: date
    stated: Flags
    message: Message
    settled: bool = True
    listed: tuple[bool | None, ...] = ()
    malignancy: bool = False
    """Whether the register holds it for a new malignancy."""
    scales: frozenset[str] = frozenset()
    """Grading scales its hospital's events were graded by."""
    causality: CausalityRules | None = None
    """Puts opinions into the reader's language; None leaves them as they came."""

    @cached_property
    def flags(self) -> Flags:
        """The assessment of the case as a whole; a death is serious whatever else was said."""
        known = self.stated | of_tree(self.message.root) if self.settled else self.stated
        return Flags(True, True, known.life_threatening) if known.fatal else known

    @property
    def reactions(self) -> Sequence[Node]:
        """Its reactions; one that says nothing where it names none: it is still a case."""
        return self.message.each("E.i") or [Node("E.i")]

    @property
    def serious(self) -> bool | None:
        """None: nobody assessed it by the lock."""
        return self.flags.serious

    @property
    def fatal(self) -> bool | None:
        """None: nobody assessed it by the lock."""
        return self.flags.fatal


@dataclass(frozen=True)
class ReportedEvent:
    """One reaction: its MedDRA code if it has one, its words, what kind of report it came in."""

    code: str
    code_version: str
    verbatim: str
    seriousness: Seriousness
    source: TabulatedSource

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Tables ask it for every case that reports the event.
        return hash((self.code, self.code_version, self.verbatim, self.seriousness, self.source))

    @cached_property
    def data(self) -> str:
        """Its values in the order of the data file, as JSON texts with commas between."""
        values = (self.code, self.code_version, self.verbatim, self.seriousness, self.source)
        return ", ".join(map(encode_basestring, values))


def source_of(message: Message) -> TabulatedSource:
    """Solicited when the type of report (C.1.3) is a study."""
    return (
        TabulatedSource.SOLICITED
        if message.text("C.1.3") == _FROM_STUDY
        else TabulatedSource.SPONTANEOUS
    )


def verbatim_of(reaction: Node) -> str:
    """The reporter's words, else their translation, as they are compared."""
    return on_one_line(_reported(reaction))


def _reported(reaction: Node) -> str:
    return reaction.text("E.i.1.1a") or reaction.text("E.i.1.2") or ""


@lru_cache(maxsize=8192)
def on_one_line(words: str) -> str:
    """Words as they are compared: NFKC, one blank between them."""
    return " ".join(unicodedata.normalize("NFKC", words).split())


def words_of(reaction: Node) -> str:
    """The reporter's words of a reaction, its code where there are none; empty without either.

    As they were written, on one line: what is only shown keeps its punctuation.
    """
    return written(reaction) or reaction.text("E.i.2.1b") or ""


def written(reaction: Node) -> str:
    """The reporter's words, else their translation, as they were written, on one line."""
    return " ".join(_reported(reaction).split())


def seriousness_of(reactions: Sequence[Node], serious: bool | None) -> list[Seriousness]:
    """Of each reaction of a case assessed `serious`, so that a serious case has a serious reaction.

    ICH E2B(R3) assesses each reaction: in a serious case those with a criterion are the serious
    ones; where none has one, it is not known which is meant and all count.
    """
    if serious is not True:
        plain = Seriousness.UNKNOWN if serious is None else Seriousness.NON_SERIOUS
        return [plain] * len(reactions)
    stated = [any(one.text(code) == "true" for code in CRITERIA) for one in reactions]
    if not any(stated):
        return [Seriousness.SERIOUS] * len(reactions)
    return [Seriousness.SERIOUS if yes else Seriousness.NON_SERIOUS for yes in stated]


def events(case: CaseRecord) -> Iterator[ReportedEvent]:
    """The reactions of a case, in its order."""
    source, reactions = source_of(case.message), case.reactions
    judged = seriousness_of(reactions, case.serious)
    for reaction, seriousness in zip(reactions, judged, strict=True):
        yield event_of(reaction, seriousness, source)


def event_of(reaction: Node, seriousness: Seriousness, source: TabulatedSource) -> ReportedEvent:
    """A reaction as it is counted."""
    return ReportedEvent(
        code=reaction.text("E.i.2.1b") or "",
        code_version=reaction.text("E.i.2.1a") or "",
        verbatim=verbatim_of(reaction),
        seriousness=seriousness,
        source=source,
    )
