"""What follow-up reports to safety: facts with the ids, dates and values a handler needs.

The product's own rule.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from followup.domain.dates import PartialDate


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
    """New information on an event already reported; `changed` names the fields.

    `aware_on` is the day one learned of what changed; the day one learned of the event itself is
    among `changed` when it was corrected.
    """

    changed: frozenset[str]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventWithdrawn(Fact):
    """An event reported before was entered by mistake: there was none."""

    adverse_event_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventRestored(Fact):
    """The withdrawal of an event was wrong: it stands as it did."""

    adverse_event_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEventMoved(Fact):
    """An event was of another patient or infusion of the same hospital and product."""

    adverse_event_id: UUID
    former_patient_id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDied(Fact):
    """The patient's death became known."""

    died_on: PartialDate | None
    cause: str | None
    cause_code: str | None  # ICD-10, underlying cause
    autopsy: str | None  # YES, NO, UNKNOWN
    related: str | None  # RELATED, NOT_RELATED, UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class DeathRetracted(Fact):
    """A death reported before turned out to be wrong; the source is the corrected contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfusionCorrected(Fact):
    """What was given was recorded wrongly; `changed` names the fields, `version` the new state."""

    version: int
    changed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RclPositive(Fact):
    """A test for replication-competent virus was positive; to be reported at once."""

    sample_id: UUID | None  # None: a value of a laboratory without a sample of ours
    sample_number: str
    method: str
    laboratory: str
    collected_on: PartialDate | None
    resulted_on: date


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
class RoutineResultReceived(Fact):
    """A molecular result of long-term follow-up, on a sample no work-up waits for."""

    sample_id: UUID
    assay: str
    result_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMoved(Fact):
    """A sample took a step in its chain of custody; a work-up follows where its samples are."""

    sample_id: UUID
    sample_code: str
    adverse_event_id: UUID | None
    step: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientIdentityChanged(Fact):
    """Sex or birth date of the patient was corrected: every report on the patient is amended.

    Nothing new is known of any event, so no clock starts. `version` is the patient's.
    """

    version: int
    changed: frozenset[str]  # sex, birth_date


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQueryAnswered(Fact):
    """The hospital answered a question of the holder about an event of a case.

    `aware_on` is the day the answer reached the holder. Whether it is new information on the case
    a person says: the fact starts no clock.
    """

    query_id: UUID
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordSigned:
    """A person signed a record; what that brings about happens in the same transaction."""

    kind: str
    record: str
    meaning: str
    reason: str
