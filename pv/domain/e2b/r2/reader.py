"""A file of E2B(R2) into messages: every value in an element of E2B(R3), or kept beside them.

Nothing is guessed: a code outside its list, a term of no reaction, an interval that would say
another frequency stays among what found no place. The original is kept whole, tag by tag.

Source: ICH ICSR DTD 2.1 and ICH E2B(R3) IG, backward and forward compatibility; from memory, high
confidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from pv.domain.e2b.checks.units import is_ucum
from pv.domain.e2b.message import Message, Node, Null, Unplaced
from pv.domain.e2b.r2 import tables
from pv.domain.e2b.r2.drugs import Drug
from pv.domain.e2b.r2.tables import Kind
from pv.domain.e2b.r2.tags import CODE, Tags
from pv.domain.e2b.refusals import MessageRefused, Refusal
from pv.domain.e2b.xml_documents import parse_declared

if TYPE_CHECKING:
    from lxml import etree

_NUMBER = re.compile(r"[<>]?\d+(\.\d+)?", re.ASCII)
# What is said of the transmission, not of the report: in the original only.
_TRANSMISSION = ("messagetype", "messageformatversion", "messageformatrelease", "messagenumb")
_PLACE = re.compile(r"^/ichicsr/(safetyreport|ichicsrmessageheader)(?:\[\d+\])?")


def messages_of_r2(data: bytes) -> Iterator[Message | MessageRefused]:
    """The safety reports of a file, each as a message of E2B(R3).

    Its document type is never opened. MessageRefused for what is no such file or declares
    entities.
    """
    root = parse_declared(data)
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise MessageRefused(Refusal.DOCTYPE)
    if root.tag != "ichicsr":
        raise MessageRefused(Refusal.NOT_ICSR_BATCH, str(root.tag))
    header, reports = root.find("ichicsrmessageheader"), root.findall("safetyreport")
    if not reports:
        raise MessageRefused(Refusal.NOT_ICSR_BATCH, "no safetyreport")
    for report in reports:
        yield _Report(root, header, report).message()


class _Report(Tags):
    """Reads one safety report."""

    def __init__(
        self, root: etree._Element, header: etree._Element | None, report: etree._Element
    ) -> None:
        super().__init__()
        self.tree, self.header, self.report = root.getroottree(), header, report
        self.root = Node("")
        self.language = tables.LANGUAGES.get((root.get("lang") or "").lower(), "")

    # ---- the report
    def message(self) -> Message:
        """The whole message, what found no place, and the original."""
        root, report = self.root, self.report
        for tag in _TRANSMISSION:
            self.said(self.header, tag)
        self.fields(root, report, tables.REPORT)
        self._numbers()
        for one in report.findall("primarysource"):
            self._source(one)
        sender = report.find("sender")
        self.fields(root, sender, tables.SENDER)
        for tag, element in (("sendertel", "C.3.4.6"), ("senderfax", "C.3.4.7")):
            self._telephone(root, sender, tag, element)
        patient = report.find("patient")
        if patient is not None:
            self._patient(patient)
            self._reactions(patient)
            self._tests(patient)
            for number, drug in enumerate(patient.findall("drug"), 1):
                Drug(self, self.root, self._identity("drug", number)).read(drug)
            self._summary(patient.find("summary"))
        leaves = [e for part in (self.header, report) if part is not None for e in part.iter()]
        texts = [
            (e, Unplaced(_PLACE.sub(r"\1", self.tree.getpath(e)), (e.text or "").strip()))
            for e in leaves
            if len(e) == 0 and (e.text or "").strip()
        ]
        unplaced = tuple(one for e, one in texts if e not in self.used)
        return Message(root, unplaced, original=tuple(one for _e, one in texts))

    def _numbers(self) -> None:
        values, report, header = self.root.values, self.report, self.header
        for tag, element in (
            ("messagesenderidentifier", "N.2.r.2"),
            ("messagereceiveridentifier", "N.2.r.3"),
            ("messagedate", "N.2.r.4"),
        ):
            if text := self.said(header, tag):
                values[element] = text
        self.said(header, "messagedateformat")
        if "C.1.1" in values:
            values["N.2.r.1"] = values["C.1.1"]
        for tag, kind in (("authoritynumb", "1"), ("companynumb", "2")):
            if "C.1.8.1" not in values and (text := self.said(report, tag)):
                values["C.1.8.1"], values["C.1.8.2"] = text, kind
        for one in report.findall("reportduplicate"):
            node = self.root.add("C.1.9.1.r")
            self.field(node, one, "duplicatesource", "C.1.9.1.r.1", Kind.TEXT)
            self.field(node, one, "duplicatenumb", "C.1.9.1.r.2", Kind.TEXT)
        for one in report.findall("linkedreport"):
            if text := self.said(one, "linkreportnumb"):
                self.root.add("C.1.10.r").values["C.1.10.r"] = text
        if text := self.said(report, "documentlist"):
            self.root.add("C.1.6.1.r").values["C.1.6.1.r.1"] = text

    def _source(self, one: etree._Element) -> None:
        first = not self.root.each("C.2.r")
        node = self.fields(self.root.add("C.2.r"), one, tables.REPORTER)
        if first:
            node.values["C.2.r.5"] = "1"
            country = self.report.findtext("primarysourcecountry", "").strip()
            if country and node.values.setdefault("C.2.r.3", country) == country:
                self.said(self.report, "primarysourcecountry")
        if text := self.said(one, "literaturereference"):
            self.root.add("C.4.r").values["C.4.r.1"] = text
        if "C.5.2" not in self.root.values and "C.5.3" not in self.root.values:
            self.fields(self.root, one, tables.STUDY)

    def _telephone(self, node: Node, parent: etree._Element | None, tag: str, element: str) -> None:
        country = self.said(parent, f"{tag}countrycode")
        number, extension = self.said(parent, tag), self.said(parent, f"{tag}extension")
        parts = (f"+{country}" if country else "", number, f"ext. {extension}" if extension else "")
        if text := " ".join(part for part in parts if part):
            node.values[element] = text

    def _patient(self, patient: etree._Element) -> None:
        root = self.fields(self.root, patient, tables.PATIENT)
        for one in patient.findall("medicalhistoryepisode"):
            self._episode(root.add("D.7.1.r"), one, "patientepisodename", "patientmedicalcontinue")
        for one in patient.findall("patientpastdrugtherapy"):
            table = tables.past_drug(
                "D.8.r", "patient", "patientdrugindication", "patientdrugreaction"
            )
            self.fields(root.add("D.8.r"), one, table)
        death = patient.find("patientdeath")
        if death is not None:
            self.field(root, death, "patientdeathdate", "D.9.1", Kind.DATE)
            self._answer(root, death, "patientautopsyyesno", "D.9.3")
            for group, tag, term in (
                ("D.9.2.r", "patientdeathcause", "patientdeathreport"),
                ("D.9.4.r", "patientautopsy", "patientdetermineautopsy"),
            ):
                for one in death.findall(tag):
                    node = root.add(group)
                    self.field(node, one, term, f"{group}.1b", Kind.TERM)
                    if words := node.verbatims.pop(f"{group}.1b", ""):
                        node.values[f"{group}.2"] = words
        parent = patient.find("parent")
        if parent is not None:
            self.fields(root, parent, tables.PARENT)
            for one in parent.findall("parentmedicalhistoryepisode"):
                node = root.add("D.10.7.1.r")
                self._episode(node, one, "parentmedicalepisodename", "parentmedicalcontinue")
            for one in parent.findall("parentpastdrugtherapy"):
                table = tables.past_drug(
                    "D.10.8.r", "parent", "parentdrugindication", "parentdrugreaction"
                )
                self.fields(root.add("D.10.8.r"), one, table)

    def _episode(self, node: Node, one: etree._Element, name: str, continues: str) -> None:
        self.fields(node, one, tables.history(node.code, name))
        self._answer(node, one, continues, f"{node.code}.3")

    def _answer(self, node: Node, parent: etree._Element, tag: str, element: str) -> None:
        """Yes, no, or unknown as E2B(R3) says it."""
        if self.said(parent, tag) == "3":
            node.values[element] = Null("UNK")
        else:
            self.field(node, parent, tag, element, Kind.YES_NO)

    def _identity(self, kind: str, number: int) -> str:
        """The same report has the same identities each time it comes."""
        name = f"{self.report.findtext('safetyreportid', '')}/{kind}/{number}"
        return str(uuid5(NAMESPACE_URL, name))

    def _reactions(self, patient: etree._Element) -> None:
        """What R2 says of the report is said of each reaction: criteria, country, confirmation."""
        report = self.report
        serious = self.said(report, "serious")
        shared = Node("")
        for tag, element in tables.SERIOUSNESS:
            self.field(shared, report, tag, element, Kind.YES_NO)
            if serious == "2":  # not serious: no criterion holds
                shared.values.setdefault(element, "false")
        if serious != "2" and "true" not in shared.values.values():
            self.leave(report, "serious")  # serious without a criterion: a person asks which
        self.field(shared, report, "occurcountry", "E.i.9", Kind.TEXT)
        self.field(shared, report, "medicallyconfirm", "E.i.8", Kind.YES_NO)
        for number, one in enumerate(patient.findall("reaction"), 1):
            node = self.root.add("E.i", self._identity("reaction", number))
            self.fields(node, one, tables.REACTION)
            for tag in ("reactionmeddrallt", "reactionmeddrapt"):
                if "E.i.2.1b" not in node.values and CODE.fullmatch(one.findtext(tag, "").strip()):
                    self.field(node, one, tag, "E.i.2.1b", Kind.TERM)
            if "E.i.1.1a" in node.values and self.language:
                node.values["E.i.1.1b"] = self.language
            node.values.update(shared.values)

    def _tests(self, patient: etree._Element) -> None:
        if text := self.said(patient, "resultstestsprocedures"):
            self.root.add("F.r").values["F.r.3.4"] = text
        for one in patient.findall("test"):
            node = self.root.add("F.r")
            self.field(node, one, "testdate", "F.r.1", Kind.DATE)
            self.field(node, one, "testname", "F.r.2.1", Kind.TEXT)
            self.field(node, one, "moreinformation", "F.r.7", Kind.YES_NO)
            result, unit = self.said(one, "testresult"), self.said(one, "testunit")
            if _NUMBER.fullmatch(result) and unit and is_ucum(unit):
                node.values["F.r.3.2"], node.values["F.r.3.3"] = result, unit
            elif result or unit:
                node.values["F.r.3.4"] = " ".join(part for part in (result, unit) if part)
            for tag, element in (("lowtestrange", "F.r.4"), ("hightestrange", "F.r.5")):
                if _NUMBER.fullmatch(one.findtext(tag, "").strip()):
                    self.field(node, one, tag, element, Kind.TEXT)

    def _summary(self, summary: etree._Element | None) -> None:
        for tag, element in (
            ("narrativeincludeclinical", "H.1"),
            ("reportercomment", "H.2"),
            ("sendercomment", "H.4"),
        ):
            self.field(self.root, summary, tag, element, Kind.TEXT)
        if summary is not None and summary.findtext("senderdiagnosis", "").strip():
            self.field(self.root.add("H.3.r"), summary, "senderdiagnosis", "H.3.r.1b", Kind.TERM)
