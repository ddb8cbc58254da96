"""The whole CIOMS I form of one case: boxes, ticks, and the pages that continue them.

Source: domain 6 (CIOMS I, 1990).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pv.domain.cioms import clinical, drugs
from pv.domain.cioms.display_values import Reader
from pv.domain.cioms.drugs import Answer
from pv.domain.cioms.fitting import Box, Space, fit
from pv.domain.e2b.message import Message, Node

# Room of the boxes on the first page of the template, in lines and ems of its print.
SPACES: Mapping[str, Space] = {
    "1": Space(2, 9),
    "1a": Space(2, 7),
    "2": Space(2, 9),
    "2a": Space(2, 7),
    "3": Space(2, 5),
    "4-6": Space(2, 13),
    "7+13": Space(26, 48),
    "14": Space(5, 48),
    "15": Space(4, 25),
    "16": Space(4, 20),
    "17": Space(3, 48),
    "18": Space(3, 25),
    "19": Space(3, 20),
    "22": Space(5, 70),
    "23": Space(5, 70),
    "24a": Space(4, 34),
    "24b": Space(2, 34),
}
_SERIOUS = {
    "died": "E.i.3.2a",
    "life_threatening": "E.i.3.2b",
    "hospitalised": "E.i.3.2c",
    "disabled": "E.i.3.2d",
    "anomaly": "E.i.3.2e",
    "other": "E.i.3.2f",
}
_HEALTH_PROFESSIONALS = frozenset("123")


@dataclass(frozen=True, slots=True)
class CiomsSheet:
    """What the register knows beside the message: number, version, narrative and its author."""

    number: str
    version: int
    follow_up: bool
    narrative: str = ""
    generated: bool = False
    serious: bool | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """The whole text of one box, printed after the first page."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class CiomsForm:
    """All that is printed. `ticks` names the ticked squares; `rest` has every other value."""

    sheet: CiomsSheet
    boxes: Mapping[str, Box]
    ticks: frozenset[str]
    abated: Answer
    reappeared: Answer
    received_on: str
    first_received_on: str
    continuations: tuple[Continuation, ...]
    rest: tuple[str, ...]

    @property
    def text(self) -> str:
        """Everything the form prints of the case, for a check of its completeness."""
        whole = [box.whole for box in self.boxes.values()]
        return "\n".join([*whole, self.received_on, self.first_received_on, *self.rest])


def form(message: Message, sheet: CiomsSheet, language: str) -> CiomsForm:
    """The form in `zh` or `en`. Values stay in the words they were reported in.

    Boxes follow the CIOMS I form of 1990 (CIOMS working group I); sources are elements of ICH
    E2B(R3). What has no box is listed at the end, so that no value of the case goes unprinted.
    """
    reader = Reader(message, language)
    root = message.root
    reactions = message.each("E.i")
    suspects, others = drugs.split(reader)
    texts = {
        **_patient(reader, root, reactions),
        "7+13": clinical.description(reader, sheet.narrative, generated=sheet.generated),
        **_suspects(reader, suspects),
        "22": clinical.numbered([drugs.concomitant(reader, drug) for drug in others])
        or reader.word("none"),
        "23": clinical.history(reader),
        **_manufacturer(reader, root),
    }
    more = reader.word("more")
    boxes = {number: fit(number, text, SPACES[number], more) for number, text in texts.items()}
    received = reader.text(root, "C.1.5"), reader.text(root, "C.1.4")
    ticks = frozenset(_ticks(reader, reactions, sheet))
    answers = _answers(reader, suspects, reactions)
    return CiomsForm(
        sheet=sheet,
        boxes=boxes,
        ticks=ticks,
        abated=answers[0],
        reappeared=answers[1],
        received_on=received[0],
        first_received_on=received[1],
        continuations=tuple(Continuation(b.number, b.whole) for b in boxes.values() if b.continued),
        rest=tuple(reader.rest()),
    )


def _patient(reader: Reader, root: Node, reactions: list[Node]) -> dict[str, str]:
    onsets = dict.fromkeys(reader.text(node, "E.i.4") for node in reactions)
    countries = dict.fromkeys(reader.text(node, "E.i.9") for node in reactions)
    name, code = reader.text(root, "D.1"), reader.text(root, "D.1.1.4")
    age = reader.amount(root, "D.2.2a", "D.2.2b") or reader.text(root, "D.2.3")
    return {
        "1": clinical.joined(name, code, by="\n"),
        "1a": reader.values(*countries),
        "2": reader.text(root, "D.2.1"),
        "2a": age,
        "3": reader.text(root, "D.5"),
        "4-6": reader.values(*onsets),
    }


def _suspects(reader: Reader, suspects: list[Node]) -> dict[str, str]:
    read = [drugs.suspect(reader, drug) for drug in suspects]

    def column(values: list[str]) -> str:
        if len(values) < 2:
            return "".join(values)
        return "\n".join(f"#{i} {value}" for i, value in enumerate(values, 1) if value)

    return {
        "14": column([s.name for s in read]),
        "15": column([s.dose for s in read]),
        "16": column([s.route for s in read]),
        "17": column([s.indication for s in read]),
        "18": column([s.therapy for s in read]),
        "19": column([s.duration for s in read]),
    }


def _manufacturer(reader: Reader, root: Node) -> dict[str, str]:
    address = [reader.text(root, f"C.3.4.{part}") for part in (1, 2, 3, 4, 5)]
    contact = [reader.text(root, f"C.3.4.{part}") for part in (6, 7, 8)]
    own, worldwide = reader.text(root, "C.1.1"), reader.text(root, "C.1.8.1")
    return {
        "24a": clinical.joined(
            reader.statements(reader.text(root, "C.3.2"), reader.text(root, "C.3.3.1")),
            reader.values(*address),
            reader.values(*contact),
            by="\n",
        ),
        "24b": clinical.joined(*dict.fromkeys((own, worldwide)), by="\n"),
    }


def _ticks(reader: Reader, reactions: list[Node], sheet: CiomsSheet) -> list[str]:
    """Squares of boxes 8 to 12, 24d and 25a. A criterion not stated is not ticked."""
    root, message = reader.message.root, reader.message
    ticked = [
        name
        for name, element in _SERIOUS.items()
        if any(node.text(element) == "true" for node in reactions)
    ]
    sources = message.each("C.2.r")
    if root.text("C.1.3") == "2":
        ticked.append("study")
    if message.each("C.4.r"):
        ticked.append("literature")
    if any(node.text("C.2.r.4") in _HEALTH_PROFESSIONALS for node in sources):
        ticked.append("health_professional")
    ticked.append("follow_up" if sheet.follow_up else "initial")
    return ticked


def _answers(reader: Reader, suspects: list[Node], reactions: list[Node]) -> tuple[Answer, Answer]:
    """Boxes 20 and 21; with several suspect drugs that differ, none is ticked."""
    stopped = {drugs.abated(drug, reactions) for drug in suspects}
    again = {drugs.reappeared(reader, drug) for drug in suspects}
    return (
        stopped.pop() if len(stopped) == 1 else Answer.NOT_STATED,
        again.pop() if len(again) == 1 else Answer.NOT_STATED,
    )
