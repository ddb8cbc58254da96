"""Sections and cells of the form; squares are ticked only for what the case says.

Source: ADR reporting and monitoring measures (Order 81 of 2011), annex 1; boxes compared with
copies of the form that hospitals published (haowendang.cn, qiqiwenku.com 385334, read 2026-11-30);
secondary.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.languages import is_chinese
from pv.domain.adverse_reaction_reports import ticks
from pv.domain.adverse_reaction_reports.words import word
from pv.domain.causality import Assessor, Causality, CausalityRules, to_e2b_text
from pv.domain.cioms import clinical, drugs
from pv.domain.cioms.boxes import CiomsSheet
from pv.domain.cioms.display_values import WITHHELD, Reader
from pv.domain.e2b.message import Message, Node

_ADDRESS = ("C.2.r.2.3", "C.2.r.2.4", "C.2.r.2.5", "C.2.r.2.6")


@dataclass(frozen=True, slots=True)
class Cell:
    """One labelled value, whole."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and rows of cells side by side."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class AdverseReactionReport:
    """All that is printed; `rest` has every value that no cell took."""

    sheet: CiomsSheet
    title: str
    sections: tuple[Section, ...]
    rest: tuple[str, ...]

    @property
    def text(self) -> str:
        """Everything the form prints of the case, for a check of its completeness."""
        cells = [cell.text for part in self.sections for row in part.rows for cell in row]
        return "\n".join([*cells, *self.rest])


class _Form:
    """Fills cells from one message in one language."""

    def __init__(self, message: Message, sheet: CiomsSheet, language: str) -> None:
        self.reader, self.sheet, self.language = Reader(message, language), sheet, language
        self.root, self.message = message.root, message

    def cell(self, key: str, *parts: str) -> Cell:
        return Cell(word(key, self.language), clinical.joined(*parts, by="\n"))

    def squares(self, options: Sequence[str], ticked: set[str]) -> str:
        marks = (("☑" if name in ticked else "☐", word(name, self.language)) for name in options)
        return "  ".join(f"{mark} {name}" for mark, name in marks)

    def held(self, node: Node, element: str) -> str:
        """A contact or a name: the sender holds it, unless the case says why there is none."""
        shown = self.reader.text(node, element)
        told = element in WITHHELD and isinstance(node.get(element), str)
        return self.reader.word("withheld") if told else shown

    def head(self) -> Section:
        text, root = self.reader.text, self.root
        kind = {"follow_up" if self.sheet.follow_up else "initial"}
        numbers = dict.fromkeys((text(root, "C.1.1"), text(root, "C.1.8.1")))
        classes = self.squares(ticks.CLASSES, ticks.classes(self.message, self.sheet.serious))
        return Section(
            "",
            (
                (
                    self.cell("kind", self.squares(("initial", "follow_up"), kind)),
                    self.cell("number", *numbers),
                ),
                (
                    self.cell("class", classes),
                    self.cell("unit", self.squares(ticks.UNITS, ticks.unit(self.message))),
                ),
            ),
        )

    def patient(self) -> Section:
        text, root, reader = self.reader.text, self.root, self.reader
        age = reader.amount(root, "D.2.2a", "D.2.2b") or text(root, "D.2.3")
        records = [text(root, f"D.1.1.{n}") for n in (1, 2, 3)]
        earlier = [_earlier(reader, node) for node in self.message.each("D.8.r")]
        said = [line for line in earlier if line]
        reasons = [
            reader.term(node, "G.k.7.r.1", "G.k.7.r.2b", "G.k.7.r.2a")
            for drug in self.message.each("G.k")
            if drug.text("G.k.1") != drugs.CONCOMITANT
            for node in drug.each("G.k.7.r")
        ]
        options = ("present", "absent", "unknown")
        return Section(
            word("patient", self.language),
            (
                (
                    self.cell("name", text(root, "D.1"), text(root, "D.1.1.4")),
                    self.cell("sex", text(root, "D.5")),
                    self.cell("born", clinical.joined(text(root, "D.2.1"), age, by=" · ")),
                    self.cell("nationality", text(root, "D.CN.1")),
                    self.cell("weight", text(root, "D.3")),
                    self.cell("contact", self.held(root, "D.CN.5")),
                ),
                (
                    self.cell("disease", *dict.fromkeys(reasons)),
                    self.cell("hospital_name", text(root, "D.CN.3")),
                    self.cell("record", *records),
                ),
                (
                    self.cell(
                        "previous", self.squares(options, {"present"} if said else set()), *said
                    ),
                    self.cell("family", self.squares(options, set())),
                ),
                (self.cell("important", clinical.history(reader), text(root, "D.CN.6")),),
            ),
        )

    def drug(self, drug: Node, number: int, key: str) -> Section:
        text, reader = self.reader.text, self.reader
        doses, said = drug.each("G.k.4.r"), drugs.suspect(self.reader, drug)
        substances = [drugs.substance(reader, node) for node in drug.each("G.k.2.3.r")]
        country = self.country(text(drug, "G.k.3.2"))
        approvals = (text(drug, "G.k.3.1"), text(drug, "G.k.CN.4"), country)
        generic, brand = text(drug, "G.k.CN.1"), text(drug, "G.k.2.2")
        return Section(
            f"{word(key, self.language)} {number}",
            (
                (
                    self.cell("approval", *dict.fromkeys(approvals)),
                    self.cell("brand", "" if brand == generic else brand),
                    self.cell(
                        "generic",
                        generic,
                        *substances,
                        *dict.fromkeys(text(dose, "G.k.4.r.9.1") for dose in doses),
                    ),
                ),
                (
                    self.cell("maker", text(drug, "G.k.3.3")),
                    self.cell("batch", *dict.fromkeys(text(d, "G.k.4.r.7") for d in doses)),
                    self.cell("expiry", *dict.fromkeys(text(d, "G.k.4.r.CN.1") for d in doses)),
                    self.cell("action", text(drug, "G.k.8")),
                ),
                (self.cell("dosage", said.dose, said.route),),
                (
                    self.cell("therapy", said.therapy, said.duration),
                    self.cell("reason", said.indication),
                ),
            ),
        )

    def drugs(self) -> list[Section]:
        suspects, others = drugs.split(self.reader)
        return [
            self.drug(drug, number, key)
            for key, rows in (("suspect", suspects), ("concomitant", others))
            for number, drug in enumerate(rows, 1)
        ]

    def reaction(self) -> Section:
        text, reader, message = self.reader.text, self.reader, self.message
        reactions = message.each("E.i")
        names = [reader.term(n, "E.i.1.1a", "E.i.2.1b", "E.i.2.1a") for n in reactions]
        course = clinical.description(reader, self.sheet.narrative, generated=self.sheet.generated)
        outcomes = [text(node, "E.i.7") for node in reactions]
        causes = [
            reader.term(node, "D.9.2.r.2", "D.9.2.r.1b", "D.9.2.r.1a")
            for node in message.each("D.9.2.r")
        ]
        death = [
            self.said("cause", reader.values(*causes)),
            self.said("died_on", text(self.root, "D.9.1")),
        ]
        ticked = ticks.outcome(reactions)
        found = self.squares(ticks.OUTCOMES, ticked)
        said = [] if len(outcomes) == 1 and ticked else [clinical.numbered(outcomes)]
        return Section(
            word("reaction", self.language),
            (
                (
                    self.cell("reaction_name", clinical.numbered(names)),
                    self.cell("onset", clinical.numbered([text(n, "E.i.4") for n in reactions])),
                ),
                (self.cell("course", course),),
                (self.cell("outcome", found, *said, *death),),
                (
                    self.cell("stopped", self.squares(ticks.STOPPED, ticks.stopped(message))),
                    self.cell("again", self.squares(ticks.AGAIN, ticks.again(message))),
                ),
                (self.cell("effect", self.squares(ticks.EFFECTS, set())),),
            ),
        )

    def country(self, name: str) -> str:
        """A country named as one: it stands below a number or an organisation."""
        return self.said("country", name)

    def said(self, key: str, value: str) -> str:
        return self.reader.pair(word(key, self.language), value) if value else ""

    def causality(self, rules: CausalityRules) -> Section:
        half = "zh" if is_chinese(self.language) else "en"
        names = {code: to_e2b_text(rules, Causality(code), half) for code in ticks.GRADES}
        cells = []
        for key, who in (("by_reporter", Assessor.REPORTER), ("by_holder", Assessor.HOLDER)):
            given = ticks.grades(rules, self.message, who)
            marks = "  ".join(
                f"{'☑' if code in given and len(given) == 1 else '☐'} {names[code]}"
                for code in ticks.GRADES
            )
            several = self.reader.values(*(names[c] for c in ticks.GRADES if c in given))
            cells.append(self.cell(key, marks, several if len(given) > 1 else ""))
        rows = tuple((cell, self.cell("signature")) for cell in cells)
        return Section(word("causality", self.language), rows)

    def people(self) -> list[Section]:
        text, root = self.reader.text, self.root
        rows: list[tuple[Cell, ...]] = []
        for node in self.message.each("C.2.r"):
            names = dict.fromkeys(self.held(node, f"C.2.r.1.{n}") for n in (1, 2, 3, 4))
            units = (text(node, "C.2.r.2.1"), text(node, "C.2.r.2.2"))
            where = dict.fromkeys(self.held(node, element) for element in _ADDRESS)
            known, named = ticks.profession(node), text(node, "C.2.r.4")
            squares = self.squares(ticks.PROFESSIONS, known)
            rows += [
                (
                    self.cell("reporter_name", *names),
                    self.cell("profession", squares, "" if known - {"other"} else named),
                    self.cell("signature"),
                ),
                (
                    self.cell("organisation", *units, *where, self.country(text(node, "C.2.r.3"))),
                    self.cell("telephone", self.held(node, "C.2.r.2.7")),
                    self.cell("mail", self.held(node, "C.2.r.CN.1")),
                ),
            ]
        persons = [text(root, f"C.3.3.{n}") for n in (1, 2, 3, 4, 5)]
        address = (text(root, f"C.3.4.{n}") for n in (1, 2, 3, 4, 5))
        received = dict.fromkeys((text(root, "C.1.4"), text(root, "C.1.5")))
        sender = (
            self.cell("unit_name", text(root, "C.3.2")),
            self.cell("contact_person", self.reader.values(*persons)),
            self.cell("telephone", *(text(root, f"C.3.4.{n}") for n in (6, 7, 8))),
            self.cell("address", self.reader.values(*address)),
            self.cell("reported_on", text(root, "C.1.2").partition(" ")[0]),
        )
        source = self.squares(ticks.SOURCES, ticks.source(self.message))
        return [
            Section(word("reporters", self.language), tuple(rows)),
            Section(
                word("units", self.language),
                (
                    sender,
                    (
                        self.cell("information", source, text(root, "C.1.CN.1")),
                        self.cell("received", *received),
                    ),
                ),
            ),
        ]


def _earlier(reader: Reader, node: Node) -> str:
    """An earlier reaction to a drug; empty where only the drug was named."""
    effect = reader.term(node, "", "D.8.r.7b", "D.8.r.7a")
    return reader.statements(reader.text(node, "D.8.r.1"), effect) if effect else ""


def report(
    message: Message, sheet: CiomsSheet, language: str, rules: CausalityRules
) -> AdverseReactionReport:
    """The form in `zh` or `en`; values stay in the words they were reported in."""
    form = _Form(message, sheet, language)
    sections = (
        form.head(),
        form.patient(),
        *form.drugs(),
        form.reaction(),
        form.causality(rules),
        *form.people(),
    )
    rest = tuple(form.reader.rest())
    return AdverseReactionReport(sheet, word("title", language), sections, rest)
