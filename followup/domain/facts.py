"""What follow-up reports to safety: facts with the ids, dates and values a reaction needs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from followup.domain.dates import PartialDate


class Whose(StrEnum):
    """Whose pregnancy it is."""

    PATIENT = "PATIENT"
    PARTNER = "PARTNER"


class Quantification(StrEnum):
    """How a measured result stands to the limits of its assay; never stored as a zero."""

    QUANTIFIED = "QUANTIFIED"
    BELOW_LLOQ = "BELOW_LLOQ"
    BELOW_LOD = "BELOW_LOD"
    ABOVE_ULOQ = "ABOVE_ULOQ"
    NOT_DONE = "NOT_DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What every fact carries.

    `aware_on` is the local day (Asia/Shanghai) on which the reporting person learned of it, the
    candidate for day zero; `recorded_at` is when it entered the system, which never is day zero.
    """

    patient_id: UUID
    site_id: UUID
    infusion_id: UUID | None
    product_code: str | None
    aware_on: date
    recorded_at: datetime
    recorded_by: UUID | None  # None: the system itself
    source_id: UUID  # the row that says so: visit, contact, event, result


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventObserved(Fact):
    """A new adverse event was recorded."""

    adverse_event_id: UUID
    term: str
    onset: PartialDate | None
    seriousness: frozenset[str]  # codes of the list `seriousness`; empty = none was ticked
    scale: str | None
    grade: int | None
    outcome: str | None
    causality: str | None
    new_malignancy: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventChanged(AdverseEventObserved):
    """New information on an event already reported; `changed` names the fields."""

    changed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDied(Fact):
    """The patient's death became known."""

    died_on: PartialDate | None
    cause: str | None
    cause_code: str | None  # ICD-10, underlying cause
    autopsy: str | None  # YES, NO, UNKNOWN
    related: str | None  # RELATED, NOT_RELATED, UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class RclPositive(Fact):
    """A test for replication-competent virus was positive; to be reported at once."""

    sample_id: UUID
    assay: str
    collected_on: PartialDate | None
    resulted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PregnancyReported(Fact):
    """A pregnancy of the patient or of a partner became known, or its outcome did."""

    pregnancy_id: UUID
    whose: Whose
    last_period: PartialDate | None
    conceived_on: PartialDate | None
    outcome: str | None
    congenital_anomaly: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MalignancySuspected(Fact):
    """A new malignancy is suspected: the work-up and the clock start on suspicion."""

    adverse_event_id: UUID
    t_cell_suspected: bool | None
    suspected_on: PartialDate | None
    tumour_site: str | None
    pathology_reported: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MolecularResultReceived(Fact):
    """A molecular result on a sample of a work-up arrived; a follow-up report has its own clock."""

    sample_id: UUID
    adverse_event_id: UUID | None
    assay: str
    result_id: UUID
    resulted_on: date
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransgeneMeasured(Fact):
    """A CAR transgene result of routine follow-up; safety decides on integration-site analysis."""

    sample_id: UUID
    value: Decimal | None  # None unless quantified
    unit: str
    quantification: Quantification
    lower_limit: Decimal | None
    collected_on: PartialDate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMoved(Fact):
    """A sample took a step in its chain of custody; a work-up follows where its samples are."""

    sample_id: UUID
    sample_code: str
    adverse_event_id: UUID | None
    step: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleUnobtainable(Fact):
    """A planned sample will not exist; `reason` is a code of the sample reasons."""

    sample_id: UUID
    sample_code: str
    adverse_event_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentWithdrawn(Fact):
    """The patient takes no part in new collection; reports already due stay due."""

    consent_id: UUID
    withdrawn_on: date
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLost(Fact):
    """The patient was called lost after documented attempts; never final."""

    lost_on: date
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterProductInfused(Fact):
    """Another infusion was recorded: exposure changes, the first schedule stays open."""

    later_infusion_id: UUID
    infused_on: date
