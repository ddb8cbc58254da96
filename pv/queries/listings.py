"""Line listings: which cases, which columns, in which groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import data_locks, reference
from pv.adapters.periodic import LISTED, source_labels
from pv.domain.periodic import CaseRecord, Line, TabulatedSource, events, line
from pv.queries import aggregates, product_names, standardised_queries

PREVIEW = 50
COLUMNS = LISTED
DEFAULT = ("number", "received_on", "person", "drug", "events", "seriousness", "outcome")
GROUPS = ("", "source", "country", "seriousness", "outcome")


@dataclass(frozen=True, slots=True)
class ListingChoice:
    """A listing as asked for: everything that decides what is in the file."""

    product: UUID
    start: date
    end: date
    lock: UUID | None = None
    serious: str = ""  # "yes", "no" or "unknown"; empty: all
    words: str = ""  # contained in a term of the case
    smq: str = ""  # code of a standardised query, and whether narrow: "20000001:narrow"
    columns: tuple[str, ...] = DEFAULT
    group: str = ""
    language: str = "en"

    def stored(self) -> dict[str, str]:
        """The choice as the parameters of a job."""
        return {
            "product": str(self.product),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "lock": str(self.lock or ""),
            "serious": self.serious,
            "words": self.words,
            "smq": self.smq,
            "columns": ",".join(self.columns),
            "group": self.group,
            "language": self.language,
        }

    @classmethod
    def read(cls, data: Mapping[str, str]) -> "ListingChoice":
        """The choice out of the parameters of a job."""
        return cls(
            product=UUID(data["product"]),
            start=date.fromisoformat(data["start"]),
            end=date.fromisoformat(data["end"]),
            lock=UUID(data["lock"]) if data["lock"] else None,
            serious=data["serious"],
            words=data["words"],
            smq=data.get("smq", ""),
            columns=tuple(data["columns"].split(",")),
            group=data["group"],
            language=data["language"],
        )


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """The known columns among these, in the order of the listing; the usual ones for none."""
    known = tuple(name for name in COLUMNS if name in names)
    return known or DEFAULT


def _holds(case: CaseRecord, choice: ListingChoice, smq: frozenset[str] | None) -> bool:
    if case.received_on < choice.start:
        return False
    judged = {True: "yes", False: "no", None: "unknown"}[case.serious]
    if choice.serious and judged != choice.serious:
        return False
    if smq is not None and not any(event.code in smq for event in events(case)):
        return False
    words = choice.words.casefold()
    return not words or any(
        words in event.verbatim.casefold() or words == event.code for event in events(case)
    )


def lines(actor: Actor, choice: ListingChoice) -> Iterator[Line]:
    """The lines in the order of the cases, streamed; every case once, as known by `end`."""
    product = reference.product(actor, id=choice.product)
    actor.require(Perm.REPORT_WRITE, product=product.id)
    if not aggregates.covers(actor, product):
        raise Refused({"product": aggregates.NARROW})
    if choice.end < choice.start:
        raise Refused({"end": _("The period ends before it begins.")})
    lock = data_locks.chosen(actor, choice.lock)
    smq = standardised_queries.codes_of(choice.smq)

    def holds(case: CaseRecord) -> bool:
        return _holds(case, choice, smq)

    cases = aggregates.records(
        actor, product, choice.end, since=choice.start, lock=lock, whole=holds
    )
    known = product_names.product_at(actor, product, lock)
    names = product_names.drug_names(known, choice.language)
    for case in cases:
        if holds(case):
            yield line(case, choice.language, names)


def cells(found: Line, choice: ListingChoice) -> list[str]:
    """The texts of a line in the chosen columns."""
    words = source_labels()
    return [
        words[TabulatedSource(found.source)] if name == "source" else str(getattr(found, name))
        for name in choice.columns
    ]


def grouped(found: Sequence[Line], choice: ListingChoice) -> list[tuple[str, list[Line]]]:
    """The lines under the value they share, groups in the order of their values; the lines of a
    group by the day they were received, then by number."""
    groups: dict[str, list[Line]] = {}
    for each in sorted(found, key=lambda one: (one.received_on, one.number)):
        value = str(getattr(each, choice.group)) if choice.group else ""
        groups.setdefault(value, []).append(each)
    return sorted(groups.items())


def preview(actor: Actor, choice: ListingChoice) -> list[Line]:
    """The first lines."""
    return list(islice(lines(actor, choice), PREVIEW))
