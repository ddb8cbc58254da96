"""Define-XML 2.1: what the data sets of a package are made of.

Format: CDISC Define-XML 2.1, an extension of ODM 1.3.2. Concept codes of the NCI Thesaurus stand
as aliases where the mapping states them; a data set without records is described and has no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from followup.languages import is_chinese
from followup.lazy_modules import lazy
from pv.domain.datasets import (
    SUPPLEMENTAL,
    CodeList,
    Dataset,
    DatasetMapping,
    SdtmMapping,
    Type,
    Variable,
)
from pv.domain.datasets.mapping import Origin, Source

if TYPE_CHECKING:
    from lxml import etree
else:
    etree = lazy("lxml.etree")

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
_NAMES: Any = {None: ODM, "def": DEF, "xlink": XLINK}
KINDS = {
    Type.TEXT: "text",
    Type.INTEGER: "integer",
    Type.FLOAT: "float",
    Type.DATE: "partialDate",
    Type.NUMERIC_DATE: "integer",
}
STUDY_DAY = "MT.STUDYDAY"
STUDY_DAY_TEXT = {
    "en": "Day of the date minus day of RFSTDTC, plus 1 from RFSTDTC on; there is no day 0. "
    "Empty when either date is not known to the day.",
    "zh": "日期减 RFSTDTC，自 RFSTDTC 当日起加 1，无第 0 天；任一日期未精确到日则为空。",
}
EPOCH = "MT.EPOCH"
EPOCH_TEXT = {
    "en": "Epoch of the first element (TA) on the day of RFSTDTC, of the second from the day "
    "after. A date known in part has an epoch when every day it may be lies after RFSTDTC. Empty "
    "before RFSTDTC and where it cannot be said.",
    "zh": "RFSTDTC 当日为第一个元素（TA）的阶段，次日起为第二个元素的阶段。"
    "日期不完整时，仅当其可能的每一天都在 RFSTDTC 之后才有阶段。RFSTDTC 之前及无法判断时为空。",
}
NOT_AVAILABLE = {
    "en": "Expected by the implementation guide and not collected.",
    "zh": "实施指南期望但未收集。",
}
NO_RECORDS = {
    "en": "No record at the time of the data; there is no file.",
    "zh": "截至数据时点无记录，不提供文件。",
}


@dataclass(frozen=True, slots=True)
class Described:
    """A data set as it was written: lengths of its texts in bytes, records, file ("" for none)."""

    dataset: Dataset
    lengths: Sequence[int]
    records: int
    file: str


@dataclass(frozen=True, slots=True)
class Package:
    """What the document says of the whole."""

    study: str
    title: str
    made_at: datetime
    language: str
    mapping: DatasetMapping
    datasets: Sequence[Described]

    @property
    def half(self) -> str:
        """Which half of a text in two languages."""
        return "zh" if is_chinese(self.language) else "en"


def write(package: Package) -> bytes:
    """The document as UTF-8."""
    moment = package.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = etree.Element(f"{{{ODM}}}ODM", nsmap=_NAMES)
    root.attrib.update(
        {
            "ODMVersion": "1.3.2",
            "FileType": "Snapshot",
            "FileOID": f"DEF.{package.study}",
            "CreationDateTime": moment,
            "Originator": "Everwatch",
            "SourceSystem": "Everwatch",
            f"{{{DEF}}}Context": "Submission",
        }
    )
    study = _add(root, "Study", OID=f"STUDY.{package.study}")
    names = _add(study, "GlobalVariables")
    _add(names, "StudyName").text = package.study
    _add(names, "StudyDescription").text = package.title
    _add(names, "ProtocolName").text = package.study
    version = _add(
        study,
        "MetaDataVersion",
        OID=f"MDV.{package.study}",
        Name=package.title,
        Description=package.title,
        **{f"{{{DEF}}}DefineVersion": "2.1.0"},
    )
    _standards(version, package.mapping)
    for described in package.datasets:
        _group(version, described, package)
    for described in package.datasets:
        for variable, length in zip(described.dataset.variables, described.lengths, strict=True):
            _item(version, described.dataset.code, variable, length, package)
    for codelist in _used(package):
        _codelist(version, codelist, package.half)
    _methods(version, package)
    for key, text in (("COM.NA", NOT_AVAILABLE), ("COM.EMPTY", NO_RECORDS)):
        comment = _define(version, "CommentDef", OID=key)
        _description(comment, text[package.half], package.half)
    content: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return content


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{ODM}}}{tag}", attributes)


def _define(parent: Any, tag: str, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{DEF}}}{tag}", attributes)


def _description(parent: Any, text: str, language: str) -> None:
    node = _add(_add(parent, "Description"), "TranslatedText")
    node.set(f"{{{XML}}}lang", language)
    node.text = text


def _standards(version: Any, mapping: DatasetMapping) -> None:
    standards = _define(version, "Standards")
    _define(
        standards,
        "Standard",
        OID="STD.IG",
        Name=f"{mapping.standard}IG",
        Type="IG",
        Version=mapping.guide,
        Status="Final",
    )
    _define(
        standards,
        "Standard",
        OID="STD.CT",
        Name="CDISC/NCI",
        Type="CT",
        PublishingSet=mapping.standard,
        Version=mapping.terminology,
        Status="Final",
    )


def _methods(version: Any, package: Package) -> None:
    """How values are derived: study days, and what the mapping says of a variable."""
    texts = {
        f"MT.{described.dataset.code}.{variable.name}": (variable.name, variable.methods)
        for described in package.datasets
        for variable in described.dataset.variables
        if variable.methods
    }
    if isinstance(package.mapping, SdtmMapping):
        texts[STUDY_DAY] = ("Study day", STUDY_DAY_TEXT)
        texts[EPOCH] = ("Epoch", EPOCH_TEXT)
    for key, (name, text) in texts.items():
        method = _add(version, "MethodDef", OID=key, Name=name, Type="Computation")
        _description(method, text[package.half], package.half)


def _group(version: Any, described: Described, package: Package) -> None:
    dataset, study = described.dataset, package.study
    supplemental = dataset.variables is SUPPLEMENTAL
    attributes = {
        "OID": f"IG.{dataset.code}",
        "Name": dataset.code,
        "Domain": dataset.code.removeprefix("SUPP") if supplemental else dataset.code,
        "Repeating": "Yes" if dataset.repeating or supplemental else "No",
        "IsReferenceData": "Yes" if dataset.of_the_trial else "No",
        "SASDatasetName": dataset.code,
        "Purpose": "Tabulation" if package.mapping.standard == "SDTM" else "Analysis",
        f"{{{DEF}}}Structure": dataset.structure,
        f"{{{DEF}}}StandardOID": "STD.IG",
    }
    if described.file:
        attributes[f"{{{DEF}}}ArchiveLocationID"] = f"LF.{study}.{dataset.code}"
    else:
        attributes[f"{{{DEF}}}HasNoData"] = "Yes"
        attributes[f"{{{DEF}}}CommentOID"] = "COM.EMPTY"
    group = _add(version, "ItemGroupDef", **attributes)
    _description(group, dataset.label(package.language), package.half)
    keys = {name: number for number, name in enumerate(dataset.keys, 1)}
    for number, variable in enumerate(dataset.variables, 1):
        reference = {
            "ItemOID": f"IT.{dataset.code}.{variable.name}",
            "OrderNumber": str(number),
            "Mandatory": "Yes" if variable.core == "Req" else "No",
            "Role": variable.role,
        }
        if variable.name in keys:
            reference["KeySequence"] = str(keys[variable.name])
        if variable.source is Source.STUDY_DAY:
            reference["MethodOID"] = STUDY_DAY
        elif variable.source is Source.EPOCH:
            reference["MethodOID"] = EPOCH
        elif variable.methods:
            reference["MethodOID"] = f"MT.{dataset.code}.{variable.name}"
        _add(group, "ItemRef", **reference)
    of_class = _define(group, "Class", Name=dataset.of_class)
    if dataset.subclass:
        _define(of_class, "SubClass", Name=dataset.subclass)
    if described.file:
        leaf = _define(group, "leaf", ID=f"LF.{study}.{dataset.code}")
        leaf.set(f"{{{XLINK}}}href", described.file)
        _define(leaf, "title").text = described.file


def _item(version: Any, code: str, variable: Variable, length: int, package: Package) -> None:
    attributes = {
        "OID": f"IT.{code}.{variable.name}",
        "Name": variable.name,
        "SASFieldName": variable.name,
        "DataType": KINDS[variable.type],
    }
    if variable.type is Type.TEXT:
        attributes["Length"] = str(length)
    elif variable.type in (Type.INTEGER, Type.NUMERIC_DATE):
        attributes["Length"] = "8"
    elif variable.type is Type.FLOAT:
        attributes |= {"Length": "12", "SignificantDigits": "3"}
    if variable.type is Type.NUMERIC_DATE:
        attributes[f"{{{DEF}}}DisplayFormat"] = "DATE9."
    if variable.origin is Origin.NOT_AVAILABLE:
        attributes[f"{{{DEF}}}CommentOID"] = "COM.NA"
    item = _add(version, "ItemDef", **attributes)
    _description(item, variable.label(package.language), package.half)
    if variable.codes:
        _add(item, "CodeListRef", CodeListOID=f"CL.{variable.codes}")
    origin = {"Type": variable.origin.value}
    if variable.origin is not Origin.NOT_AVAILABLE:
        collected = variable.origin is Origin.COLLECTED
        origin["Source"] = "Investigator" if collected else "Sponsor"
    _define(item, "Origin", **origin)


def _used(package: Package) -> list[CodeList]:
    names = {
        variable.codes
        for described in package.datasets
        for variable in described.dataset.variables
        if variable.codes
    }
    return [package.mapping.codelists[name] for name in sorted(names)]


def _codelist(version: Any, codelist: CodeList, half: str) -> None:
    attributes = {"OID": f"CL.{codelist.code}", "Name": codelist.en, "DataType": "text"}
    if codelist.nci:
        attributes[f"{{{DEF}}}StandardOID"] = "STD.CT"
    else:
        attributes[f"{{{DEF}}}IsNonStandard"] = "Yes"
    node = _add(version, "CodeList", **attributes)
    for term in {term.value: term for term in codelist.terms.values()}.values():
        item = _add(node, "CodeListItem", CodedValue=term.value)
        text = _add(_add(item, "Decode"), "TranslatedText")
        text.set(f"{{{XML}}}lang", half)
        text.text = term.zh if half == "zh" else term.en
        if term.nci:
            _add(item, "Alias", Context="nci:ExtCodeID", Name=term.nci)
    if codelist.nci:
        _add(node, "Alias", Context="nci:ExtCodeID", Name=codelist.nci)
