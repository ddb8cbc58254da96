"""The reactions of a case as a periodic report counts them."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pv.domain.e2b.message import Message, Node

CRITERIA = ("E.i.3.2a", "E.i.3.2b", "E.i.3.2c", "E.i.3.2d", "E.i.3.2e", "E.i.3.2f")
_FROM_STUDY = "2"  # C.1.3


class Seriousness(StrEnum):
    """Of one event; a case nobody has judged is unknown, never non-serious."""

    SERIOUS = "serious"
    NON_SERIOUS = "non_serious"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """ICH E2C(R2) tabulates spontaneous and solicited reports apart."""

    SPONTANEOUS = "spontaneous"
    SOLICITED = "solicited"


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """One case as it stood at the data lock. `serious` None: not judged yet."""

    number: str
    version: int
    received_on: date
    serious: bool | None
    fatal: bool | None
    message: Message


@dataclass(frozen=True, slots=True)
class ReportedEvent:
    """One reaction: its MedDRA code if it has one, its words, what kind of report it came in."""

    received_on: date
    code: str
    code_version: str
    verbatim: str
    seriousness: Seriousness
    source: Source


def source_of(message: Message) -> Source:
    """Solicited when the type of report (C.1.3) is a study."""
    return Source.SOLICITED if message.text("C.1.3") == _FROM_STUDY else Source.SPONTANEOUS


def verbatim_of(reaction: Node) -> str:
    """The reporter's words, else their translation, on one line."""
    words = reaction.text("E.i.1.1a") or reaction.text("E.i.1.2") or ""
    return " ".join(unicodedata.normalize("NFKC", words).split())


def seriousness_of(reaction: Node, case_serious: bool | None) -> Seriousness:
    """Serious by any criterion said (ICH E2B(R3) judges each event). A criterion not stated only
    means non-serious once the case as a whole has been judged."""
    if any(reaction.text(element) == "true" for element in CRITERIA):
        return Seriousness.SERIOUS
    return Seriousness.UNKNOWN if case_serious is None else Seriousness.NON_SERIOUS


def events(case: CaseRecord) -> Iterator[ReportedEvent]:
    """The reactions of a case, in its order."""
    source = source_of(case.message)
    for reaction in case.message.each("E.i"):
        yield ReportedEvent(
            received_on=case.received_on,
            code=reaction.text("E.i.2.1b") or "",
            code_version=reaction.text("E.i.2.1a") or "",
            verbatim=verbatim_of(reaction),
            seriousness=seriousness_of(reaction, case.serious),
            source=source,
        )
