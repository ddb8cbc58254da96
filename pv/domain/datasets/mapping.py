"""The mapping as reference data: data sets, their variables, where each comes from, its terms.

Source: CDISC SDTM implementation guide 3.4, sections 2.2, 4.1 and 8.4 (supplemental qualifiers).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from followup.domain.documents import LANGUAGES, codes, one_of, text
from followup.languages import is_chinese

_NAME = re.compile(r"[A-Z][A-Z0-9]{0,7}", re.ASCII)
LABEL_BYTES = 40  # of a variable and of a data set, transport format version 5


class Type(StrEnum):
    """How a value is written."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    DATE = "date"  # ISO 8601, as far as it is known


class Source(StrEnum):
    """Where a value comes from."""

    CONSTANT = "constant"
    STUDY = "study"
    SUBJECT = "subject"
    FACT = "fact"
    SEQUENCE = "sequence"  # number of the record within its subject
    STUDY_DAY = "study_day"  # of another variable of the record
    NONE = "none"  # expected by the guide, not collected here


class Origin(StrEnum):
    """Origin of a variable, Define-XML 2.1 section 5.3.11.3."""

    COLLECTED = "Collected"
    DERIVED = "Derived"
    ASSIGNED = "Assigned"
    NOT_AVAILABLE = "Not Available"


CORES = ("Req", "Exp", "Perm")
ROLES = ("Identifier", "Topic", "Timing", "Record Qualifier", "Variable Qualifier",
         "Synonym Qualifier", "Result Qualifier", "Grouping Qualifier")  # fmt: skip


class _Bilingual:
    """What has a label in both languages of the product."""

    __slots__ = ()
    en: str
    zh: str

    def label(self, language: str) -> str:
        """The label in a language of the product."""
        return self.zh if is_chinese(language) else self.en


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a code list: our code, the value submitted, its concept code where it has one."""

    code: str
    value: str
    nci: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """Controlled terms by our own codes."""

    code: str
    en: str
    nci: str
    terms: Mapping[str, Term]


@dataclass(frozen=True, slots=True)
class Variable(_Bilingual):
    """A variable of a data set. `of` names the fact, the constant or the other variable."""

    name: str
    en: str
    zh: str
    type: Type = Type.TEXT
    core: str = "Req"
    origin: Origin = Origin.COLLECTED
    role: str = "Identifier"
    source: Source = Source.NONE
    of: str = ""
    codes: str = ""


@dataclass(frozen=True, slots=True)
class Qualifier(_Bilingual):
    """A value that has no variable of its own: a record of the supplemental data set."""

    name: str
    en: str
    zh: str
    fact: str
    codes: str = ""
    origin: Origin = Origin.COLLECTED


@dataclass(frozen=True, slots=True)
class Dataset(_Bilingual):
    """A data set: its class, what one record stands for, its keys and variables in order."""

    code: str
    en: str
    zh: str
    of_class: str
    structure: str
    keys: Sequence[str]
    variables: Sequence[Variable]
    supplemental: Sequence[Qualifier] = ()

    @property
    def names(self) -> list[str]:
        """The names of its variables."""
        return [variable.name for variable in self.variables]

    @property
    def sequence(self) -> str:
        """The variable that numbers the records of a subject; empty for one record per subject."""
        return next((v.name for v in self.variables if v.source is Source.SEQUENCE), "")

    @property
    def repeating(self) -> bool:
        """Whether a subject may have several records."""
        return len(self.keys) > len(("STUDYID", "USUBJID"))


@dataclass(frozen=True, slots=True)
class SdtmMapping:
    """A version of the mapping."""

    version: str
    guide: str
    terminology: str
    country: str
    clinical_events: frozenset[str]
    assays: Mapping[str, str]
    """The data set of each assay's results."""
    datasets: Sequence[Dataset]
    codelists: Mapping[str, CodeList] = field(default_factory=dict)

    def value(self, codelist: str, code: str) -> str | None:
        """The term submitted for one of our codes; None where the list has none."""
        term = self.codelists[codelist].terms.get(code)
        return term.value if term else None


def _variable(row: Mapping[str, Any], known: Mapping[str, CodeList], names: set[str]) -> Variable:
    text(row, "name", *LANGUAGES)
    if not _NAME.fullmatch(row["name"]):
        raise ValueError("name is no variable name of at most 8 characters")
    for language in LANGUAGES:
        if len(row[language].encode()) > LABEL_BYTES:
            raise ValueError(f"{language} is a label of more than {LABEL_BYTES} bytes")
    one_of(row, "core", CORES)
    one_of(row, "role", ROLES)
    if row["codes"]:
        one_of(row, "codes", known)
    source = Source(row["source"])
    if source is Source.STUDY_DAY:
        one_of(row, "of", names)
    if (source in (Source.SEQUENCE, Source.NONE)) == bool(row["of"]):
        raise ValueError("of is named for a value that comes from somewhere, and for no other")
    return Variable(
        name=row["name"],
        en=row["en"],
        zh=row["zh"],
        type=Type(row["type"]),
        core=row["core"],
        origin=Origin(row["origin"]),
        role=row["role"],
        source=source,
        of=row["of"],
        codes=row["codes"],
    )


def _qualifier(row: Mapping[str, Any], known: Mapping[str, CodeList]) -> Qualifier:
    text(row, "name", "fact", *LANGUAGES)
    if not _NAME.fullmatch(row["name"]):
        raise ValueError("name is no qualifier name of at most 8 characters")
    for language in LANGUAGES:
        if len(row[language].encode()) > LABEL_BYTES:
            raise ValueError(f"{language} is a label of more than {LABEL_BYTES} bytes")
    if row["codes"]:
        one_of(row, "codes", known)
    origin = Origin(row["origin"])
    return Qualifier(row["name"], row["en"], row["zh"], row["fact"], row["codes"], origin)


def _dataset(row: Mapping[str, Any], known: Mapping[str, CodeList]) -> Dataset:
    text(row, "class", "structure")
    names = {each["name"] for each in row["variables"]}
    if len(names) != len(row["variables"]):
        raise ValueError("a variable is named twice")
    variables = [_variable(each, known, names) for each in row["variables"]]
    for key in row["keys"]:
        if key not in names:
            raise ValueError(f"{key} is a key and no variable")
    return Dataset(
        row["code"],
        row["en"],
        row["zh"],
        row["class"],
        row["structure"],
        tuple(row["keys"]),
        tuple(variables),
        tuple(_qualifier(each, known) for each in row["supplemental"]),
    )


def _codelist(row: Mapping[str, Any]) -> CodeList:
    codes(row["terms"], "value", *LANGUAGES)
    terms = {
        each["code"]: Term(each["code"], each["value"], each["nci"], each["en"], each["zh"])
        for each in row["terms"]
    }
    return CodeList(row["code"], row["en"], row["nci"], terms)


def read_mapping(data: Mapping[str, Any]) -> SdtmMapping:
    """The mapping out of its document. ValueError, KeyError or TypeError where it is wrong."""
    text(data, "citation", "confidence", "guide_version", "terminology_version", "country")
    codes(data["codelists"], *LANGUAGES)
    codes(data["datasets"], *LANGUAGES)
    known = {row["code"]: _codelist(row) for row in data["codelists"]}
    names = {row["code"] for row in data["datasets"]}
    for row in data["assays"]:
        one_of(row, "dataset", names)
    return SdtmMapping(
        version=data["version"],
        guide=data["guide_version"],
        terminology=data["terminology_version"],
        country=data["country"],
        clinical_events=frozenset(data["clinical_events"]),
        assays={code: row["dataset"] for row in data["assays"] for code in row["codes"]},
        datasets=tuple(_dataset(row, known) for row in data["datasets"]),
        codelists=known,
    )


def _column(name: str, en: str, zh: str, role: str = "Identifier") -> Variable:
    return Variable(name, en, zh, origin=Origin.ASSIGNED, role=role)


SUPPLEMENTAL: tuple[Variable, ...] = (
    _column("STUDYID", "Study Identifier", "研究编号"),
    _column("RDOMAIN", "Related Domain Abbreviation", "相关域"),
    _column("USUBJID", "Unique Subject Identifier", "受试者唯一编号"),
    _column("IDVAR", "Identifying Variable", "关联变量"),
    _column("IDVARVAL", "Identifying Variable Value", "关联变量值"),
    _column("QNAM", "Qualifier Variable Name", "修饰变量名", "Topic"),
    _column("QLABEL", "Qualifier Variable Label", "修饰变量标签", "Synonym Qualifier"),
    _column("QVAL", "Data Value", "数值", "Result Qualifier"),
    _column("QORIG", "Origin", "来源", "Record Qualifier"),
    _column("QEVAL", "Evaluator", "评估者", "Record Qualifier"),
)


def supplemental(dataset: Dataset) -> Dataset:
    """The data set of the supplemental qualifiers of another."""
    return Dataset(
        f"SUPP{dataset.code}",
        f"Supplemental Qualifiers for {dataset.code}",
        f"{dataset.code} 补充修饰",
        "RELATIONSHIP",
        "One record per supplemental qualifier per related parent record",
        ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        SUPPLEMENTAL,
    )
