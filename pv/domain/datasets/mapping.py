"""The mapping as reference data: data sets, their variables, where each comes from, its terms.

Source: CDISC SDTM implementation guide 3.4, sections 2.2, 4.1 and 8.4 (supplemental qualifiers).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from followup.languages import is_chinese
from pv.domain.datasets.trial_design import TrialDesign

TRIAL_DESIGN = "TRIAL DESIGN"  # an observation class, whose data sets have no subjects
LABEL_BYTES = 40  # of a variable and of a data set, transport format version 5


class Type(StrEnum):
    """How a value is written."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    DATE = "date"  # ISO 8601, as far as it is known
    NUMERIC_DATE = "numeric_date"  # a whole date; in a transport file days since 1960


class Source(StrEnum):
    """Where a value comes from."""

    CONSTANT = "constant"
    STUDY = "study"
    SUBJECT = "subject"
    FACT = "fact"
    SEQUENCE = "sequence"  # number of the record within its subject
    STUDY_DAY = "study_day"  # of another variable of the record
    EPOCH = "epoch"  # of another variable of the record
    CONTINUATION = "continuation"  # of another variable, in a file that holds no long text
    NONE = "none"  # expected by the guide, not collected here


class Origin(StrEnum):
    """Origin of a variable, Define-XML 2.1 section 5.3.11.3."""

    COLLECTED = "Collected"
    DERIVED = "Derived"
    ASSIGNED = "Assigned"
    NOT_AVAILABLE = "Not Available"


CORES = ("Req", "Exp", "Perm")
ROLES = (
    "Identifier",
    "Topic",
    "Timing",
    "Record Qualifier",
    "Variable Qualifier",
    "Synonym Qualifier",
    "Result Qualifier",
    "Grouping Qualifier",
)


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
    methods: Mapping[str, str] = field(default_factory=dict)
    """How it is derived, in both languages, where that is more than taking a value over."""


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
    subclass: str = ""

    @property
    def names(self) -> list[str]:
        """The names of its variables."""
        return [variable.name for variable in self.variables]

    @property
    def sequence(self) -> str:
        """The variable that numbers the records of a subject; empty for one record per subject."""
        return next((v.name for v in self.variables if v.source is Source.SEQUENCE), "")

    @property
    def of_the_trial(self) -> bool:
        """Whether it describes the trial and has no subjects."""
        return self.of_class == TRIAL_DESIGN

    @property
    def repeating(self) -> bool:
        """Whether a subject may have several records."""
        return len(self.keys) > len(("STUDYID", "USUBJID"))


@dataclass(frozen=True, slots=True)
class DatasetMapping:
    """A version of a mapping to a standard; `standard` is SDTM or ADaM."""

    standard: str
    version: str
    guide: str
    terminology: str
    datasets: Sequence[Dataset]
    codelists: Mapping[str, CodeList]

    def value(self, codelist: str, code: str) -> str | None:
        """The term submitted for one of our codes; None where the list has none."""
        term = self.codelists[codelist].terms.get(code)
        return term.value if term else None


@dataclass(frozen=True, slots=True)
class SdtmMapping(DatasetMapping):
    """A version of the mapping to tabulation data sets."""

    country: str
    clinical_events: frozenset[str]
    assays: Mapping[str, str]
    """The data set of each assay's results."""
    design: TrialDesign


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
