"""What boxes 14 to 22 of the form say: suspect drugs in full, the others with their dates.

Source: domain 6 (CIOMS I, 1990).
"""

from dataclasses import dataclass
from enum import StrEnum

from pv.domain.cioms.clinical import joined
from pv.domain.cioms.display_values import Reader
from pv.domain.e2b.message import Node

CONCOMITANT = "2"  # G.k.1; suspect, interacting and not administered are all shown as suspect


class Answer(StrEnum):
    """A tick of box 20 or 21; empty when the case does not say."""

    YES = "YES"
    NO = "NO"
    NA = "NA"
    NOT_STATED = ""


@dataclass(frozen=True, slots=True)
class SuspectDrug:
    """Boxes 14 to 19 of one drug."""

    name: str
    dose: str
    route: str
    indication: str
    therapy: str
    duration: str


def split(reader: Reader) -> tuple[list[Node], list[Node]]:
    """The drugs that are suspected in any way, and the concomitant ones."""
    drugs = reader.message.each("G.k")
    suspects = [drug for drug in drugs if drug.text("G.k.1") != CONCOMITANT]
    return suspects, [drug for drug in drugs if drug.text("G.k.1") == CONCOMITANT]


def suspect(reader: Reader, drug: Node) -> SuspectDrug:
    """One suspected drug as the form has it."""
    doses = drug.each("G.k.4.r")
    routes = dict.fromkeys(_route(reader, dose) for dose in doses)
    return SuspectDrug(
        name=_name(reader, drug),
        dose=reader.statements(*(_dose(reader, dose) for dose in doses), _cumulative(reader, drug)),
        route=reader.statements(*routes),
        indication=reader.statements(*(_indication(reader, node) for node in drug.each("G.k.7.r"))),
        therapy=reader.statements(*(_therapy(reader, dose) for dose in doses)),
        duration=reader.statements(*(reader.amount(d, "G.k.4.r.6a", "G.k.4.r.6b") for d in doses)),
    )


def concomitant(reader: Reader, drug: Node) -> str:
    """One concomitant drug on a line: name, dose, route, dates, indication."""
    said = suspect(reader, drug)
    parts = (said.name, said.dose, said.route, said.therapy, said.duration, said.indication)
    return reader.statements(*parts)


def _name(reader: Reader, drug: Node) -> str:
    text = reader.text
    substances = [substance(reader, node) for node in drug.each("G.k.2.3.r")]
    inner = reader.values(*substances)
    batches = [text(dose, "G.k.4.r.7") for dose in drug.each("G.k.4.r")]
    expiries = [text(dose, "G.k.4.r.CN.1") for dose in drug.each("G.k.4.r")]
    role = text(drug, "G.k.1")
    return reader.statements(
        f"{text(drug, 'G.k.2.2')}{reader.aside(inner)}".strip(),
        role if drug.text("G.k.1") not in ("1", CONCOMITANT) else "",
        *(reader.labelled("batch", batch) for batch in batches),
        *(reader.labelled("expiry", day) for day in expiries),
        reader.said("holder", drug, "G.k.3.3"),
        reader.said("approval", drug, "G.k.3.1"),
        reader.said("action", drug, "G.k.8"),
    )


def substance(reader: Reader, node: Node) -> str:
    """One active substance with its strength."""
    strength = reader.amount(node, "G.k.2.3.r.3a", "G.k.2.3.r.3b")
    return joined(reader.text(node, "G.k.2.3.r.1"), strength, by=" ")


def _dose(reader: Reader, dose: Node) -> str:
    amount = reader.amount(dose, "G.k.4.r.1a", "G.k.4.r.1b")
    interval = reader.amount(dose, "G.k.4.r.2", "G.k.4.r.3")
    often = f"{reader.word('every')} {interval}" if interval else ""
    form = reader.text(dose, "G.k.4.r.9.1")
    return reader.values(joined(amount, often, by=" "), reader.text(dose, "G.k.4.r.8"), form)


def _cumulative(reader: Reader, drug: Node) -> str:
    amount = reader.amount(drug, "G.k.5a", "G.k.5b")
    return reader.labelled("cumulative", amount)


def _route(reader: Reader, dose: Node) -> str:
    words, coded = reader.text(dose, "G.k.4.r.10.1"), reader.text(dose, "G.k.4.r.10.2b")
    if isinstance(dose.get("G.k.4.r.10.2b"), str):
        coded = reader.word("route").format(code=coded)
    return joined(words, coded, by=" ")


def _indication(reader: Reader, node: Node) -> str:
    return reader.term(node, "G.k.7.r.1", "G.k.7.r.2b", "G.k.7.r.2a")


def _therapy(reader: Reader, dose: Node) -> str:
    first, last = reader.text(dose, "G.k.4.r.4"), reader.text(dose, "G.k.4.r.5")
    return f"{first} – {last}" if first and last else first or last


def abated(drug: Node, reactions: list[Node]) -> Answer:
    """Box 20 from action taken (G.k.8) and outcome (E.i.7), as ICH derives dechallenge.

    Not stopped or reduced, or nothing to stop, is not applicable. After a stop or reduction the
    outcomes must agree; what the case does not say stays unticked.
    """
    action = drug.text("G.k.8")
    if action in ("9", "4", "3"):
        return Answer.NA
    if action not in ("1", "2"):
        return Answer.NOT_STATED
    outcomes = {node.text("E.i.7") for node in reactions}
    if outcomes and outcomes <= {"1", "2", "4"}:
        return Answer.YES
    return Answer.NO if outcomes == {"3"} else Answer.NOT_STATED


def reappeared(reader: Reader, drug: Node) -> Answer:
    """Box 21 from G.k.9.i.4: any recurrence is yes; given again without it, no."""
    found = set()
    for link in drug.each("G.k.9.i"):
        if reader.text(link, "G.k.9.i.4"):
            found.add(link.text("G.k.9.i.4"))
    if "1" in found:
        return Answer.YES
    if found == {"2"}:
        return Answer.NO
    return Answer.NA if found == {"4"} else Answer.NOT_STATED
