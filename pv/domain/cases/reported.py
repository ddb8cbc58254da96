"""What follow-up knows of a case, as plain values.

The product's own rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from followup.domain.dates import PartialDate
from followup.domain.identity import Age


@dataclass(frozen=True, slots=True)
class Suspect:
    """The suspect product: one infusion. `dose_cells` in 10^6 CAR-positive cells.

    `off_label_reason` is what the hospital wrote where none of the indications applies; the names
    of the indication are empty then.
    """

    drug_id: str
    generic_zh: str
    inn: str
    holder_zh: str
    infused_on: date
    lot: str
    dose_cells: Decimal | None
    indication_zh: str
    indication_en: str
    off_label_reason: str
    approval_number: str
    chain_of_identity: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """One event in the reporter's words. None: not known."""

    reaction_id: str
    verbatim: str
    onset: PartialDate | None
    seriousness: frozenset[str]
    serious: bool | None
    grade: int | None
    grade_scale: str
    outcome: str
    causality: str
    is_new_malignancy: bool
    pathology_note: str = ""
    immunophenotype: str = ""
    ended: PartialDate | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One result. Below quantification has a limit and no value; `bound` is ">" over a limit.

    `code` is the coded result of E2B code list 12 (1 positive, 2 negative, 4 inconclusive), empty
    where the finding is none of these; `unit` as laboratories write it, `ucum` as messages need it.
    """

    name: str
    name_en: str
    on: PartialDate | None
    finding: str
    finding_en: str
    code: str = ""
    value: Decimal | None = None
    bound: str = ""
    unit: str = ""
    ucum: str = ""
    below: Decimal | None = None
    comment: str = ""
    specimen: str = ""


@dataclass(frozen=True, slots=True)
class UnobtainableSample:
    """A sample that cannot be had, and why; both in words."""

    name: str
    name_en: str
    reason: str
    reason_en: str


@dataclass(frozen=True, slots=True)
class Pregnancy:
    """An exposure in pregnancy. `whose`, `outcome` are codes; empty: nobody answered."""

    whose: str
    last_period: PartialDate | None
    outcome: str
    anomaly: str


@dataclass(frozen=True, slots=True)
class ReportedCase:
    """Everything the first draft of a case is made of.

    `age` is the age at onset, None unless onset and birth are known to the day.
    """

    worldwide_id: str
    created_at: datetime
    received_on: date
    latest_on: date
    expedited: bool | None
    holder_id: str
    site_name: str
    reporter_name: str
    reporter_qualification: str
    study_code: str
    sex: str
    age: Age | None
    birth_year: int | None
    suspect: Suspect
    reaction: Reaction
    tests: Sequence[Test] = field(default=())
    missing: Sequence[UnobtainableSample] = field(default=())
    pregnancy: Pregnancy | None = None
    died_on: PartialDate | None = None
    death_cause: str = ""
    death_cause_code: str = ""  # of ICD-10
    autopsy: str = ""  # YES, NO, UNKNOWN; empty: nobody answered
    history: str = ""
