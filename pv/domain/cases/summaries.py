"""What a person asks first of a case, read from its message: who, what, when, how bad, why.

Source: GVP 2021 no. 65 art. 37 (elements of an individual report); domain 6 for the elements.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from followup.domain.dates import PartialDate
from pv.domain.cases.flags import CRITERIA, OUTCOME, UNEXPECTED
from pv.domain.cases.sections import SECTIONS, Instance, Shown, instances
from pv.domain.e2b.days import day_of
from pv.domain.e2b.elements import Conformance
from pv.domain.e2b.message import REACTION_GROUP, Node

VERBATIM, TRANSLATED, LLT, LLT_VERSION = "E.i.1.1a", "E.i.1.2", "E.i.2.1b", "E.i.2.1a"
ONSET, DOSE_STARTED, LOT = "E.i.4", "G.k.4.r.4", "G.k.4.r.7"
SUSPECT = frozenset({"1", "3"})  # G.k.1: suspect, interacting


@dataclass(frozen=True, slots=True)
class ReactionLine:
    """One event: its term and the reporter's words, when, how serious, how it ended.

    `day` is the day after the first administration of a suspect product, 0 that day itself; None
    unless both are known to the day.
    """

    number: int
    words: str
    code: str
    code_version: str
    name: str
    onset: PartialDate | None
    day: int | None
    criteria: tuple[str, ...]
    outcome: str
    node: Node


@dataclass(frozen=True, slots=True)
class ProductLine:
    """One suspect product with its lots and the day it was first given."""

    number: int
    name: str
    lots: tuple[str, ...]
    first_given: PartialDate | None


@dataclass(frozen=True, slots=True)
class PairLine:
    """One product and one event: whether it is unexpected; `link` has the opinions on them."""

    product: ProductLine
    reaction: ReactionLine | None
    expectedness: str
    link: Node


@dataclass(frozen=True, slots=True)
class Summary:
    """What a message says of its patient, events, suspect products and their relation."""

    reactions: tuple[ReactionLine, ...]
    products: tuple[ProductLine, ...]
    pairs: tuple[PairLine, ...]


def summary(root: Node) -> Summary:
    """The summary of a message; what it does not say stays empty."""
    suspects = [
        (number, drug)
        for number, drug in enumerate(root.each("G.k"), 1)
        if drug.text("G.k.1") in SUSPECT
    ]
    products = tuple(_product(number, drug) for number, drug in suspects)
    known = [one.first_given.exact for one in products if one.first_given and one.first_given.exact]
    unknown = any(one.first_given is None or one.first_given.exact is None for one in products)
    start = None if unknown or not known else PartialDate.of(min(known))
    reactions = tuple(
        _reaction(number, node, start) for number, node in enumerate(root.each(REACTION_GROUP), 1)
    )
    by_id = {line.node.id: line for line in reactions if line.node.id}
    pairs = [
        PairLine(
            product,
            by_id.get(link.text("G.k.9.i.1") or ""),
            link.text(UNEXPECTED) or "",
            link,
        )
        for product, (_number, drug) in zip(products, suspects, strict=True)
        for link in drug.each("G.k.9.i")
    ]
    return Summary(reactions, products, tuple(pairs))


def _product(number: int, drug: Node) -> ProductLine:
    doses = drug.each("G.k.4.r")
    started = [day for dose in doses if (day := day_of(dose.text(DOSE_STARTED)))]
    lots = dict.fromkeys(lot for dose in doses if (lot := dose.text(LOT)))
    first = min(started, key=lambda day: day.earliest, default=None)
    return ProductLine(number, drug.text("G.k.2.2") or "", tuple(lots), first)


def _reaction(number: int, node: Node, start: PartialDate | None) -> ReactionLine:
    onset = day_of(node.text(ONSET))
    exact = onset.exact if onset else None
    day = (exact - start.exact).days if exact and start and start.exact else None
    return ReactionLine(
        number=number,
        words=node.text(VERBATIM) or node.text(TRANSLATED) or "",
        code=node.text(LLT) or "",
        code_version=node.text(LLT_VERSION) or "",
        name=node.name_of(LLT) or "",
        onset=onset,
        day=day,
        criteria=tuple(code for code in CRITERIA if node.text(code) == "true"),
        outcome=node.text(OUTCOME) or "",
        node=node,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of what the receivers ask for is answered; `missing` are instance paths in order."""

    missing: tuple[tuple[str, str], ...]
    of: int


def asked(root: Node, shown: Shown, required: Iterable[tuple[str, str]] = ()) -> Asked:
    """What is always asked for, and what a receiver's rules say is missing.

    `required` are (element, instance path) of findings; one whose element has a value is an error
    to correct, not a missing one. A reason for being empty is an answer.
    """
    places: dict[str, tuple[str, bool]] = {}
    for section in SECTIONS:
        for instance in instances(root, section, shown):
            places |= dict(_mandatory(instance))
    values = {path for path, _node, _code, _value in root.walk()}
    for element, path in required:
        if path and path not in values:
            places[path] = (element, False)
    missing = tuple((path, code) for path, (code, answered) in places.items() if not answered)
    return Asked(missing, len(places))


def _mandatory(instance: Instance) -> Iterator[tuple[str, tuple[str, bool]]]:
    for row in instance.rows:
        if row.element.conformance is Conformance.MANDATORY and row.element.code != "H.1":
            yield row.path, (row.element.code, row.value is not None)
