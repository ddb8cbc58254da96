"""What a field of the dictionary says of an answer.

The product's own rule; class of personal data: PIPL article 28.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from followup.domain.consents import Purpose


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    DAY = "day"
    PARTIAL = "partial"  # a day, a month or a year, never completed
    MOMENT = "moment"
    TIME = "time"  # a time of day
    CODE = "code"
    CODES = "codes"  # several codes, with a semicolon between them
    NUMBER = "number"
    YES_NO = "yes_no"
    TICK = "tick"


class Personal(StrEnum):
    """What a field is as personal data, as docs/personal-data.csv classes its column."""

    IDENTITY = "identity"
    PSEUDONYM = "pseudonym"
    HEALTH = "health"
    FREE_TEXT = "free text"
    STAFF = "staff"
    NONE = "none"


class Need(StrEnum):
    """Who needs a field."""

    PROTOCOL = "protocol"  # follow-up protocols ask for it
    ICSR = "icsr"  # individual case safety report, ICH E2B(R3)
    REGISTRY = "registry"  # registries of transplantation and cell therapy
    STUDY = "study"  # the holder's long-term follow-up
    TRACEABILITY = "traceability"  # from donor material to the patient and back
    CARE = "care"


class Dataset(StrEnum):
    """One table of an export."""

    PATIENTS = "patients"
    INFUSIONS = "infusions"
    VISITS = "visits"
    EVENTS = "events"
    SAMPLES = "samples"
    RESULTS = "results"
    LABORATORY = "laboratory"
    CARE = "care"


# What a patient must have agreed to beside the purpose of the export.
ALSO_NEEDED: Mapping[Dataset, Purpose] = {
    Dataset.SAMPLES: Purpose.SAMPLES,
    Dataset.RESULTS: Purpose.SAMPLES,
}
TABLES: Mapping[Dataset, str] = {
    Dataset.PATIENTS: "followup_patient",
    Dataset.INFUSIONS: "followup_infusion",
    Dataset.VISITS: "followup_visit",
    Dataset.EVENTS: "followup_adverseevent",
    Dataset.SAMPLES: "followup_sample",
    Dataset.RESULTS: "followup_molecularresult",
    Dataset.LABORATORY: "followup_laboratoryresult",
    Dataset.CARE: "followup_concomitantcare",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One answer. `path` leads to its column from the row of its dataset."""

    dataset: Dataset
    name: str
    path: str
    kind: Kind
    codes: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    needs: tuple[Need, ...] = ()
    personal: Personal = Personal.HEALTH

    @property
    def key(self) -> str:
        """The name among all fields."""
        return f"{self.dataset}.{self.name}"

    @property
    def table(self) -> str:
        """The table of its own column; of a path through another row the dataset's."""
        return "followup_identity" if self.personal is Personal.IDENTITY else TABLES[self.dataset]

    @property
    def usual(self) -> bool:
        """Whether an export holds it unless another choice is made: nothing typed, nobody named."""
        return self.personal not in (Personal.IDENTITY, Personal.FREE_TEXT, Personal.STAFF)


# Who needs the fields that reports, registries and studies all ask for.
CODED = (Need.PROTOCOL, Need.ICSR, Need.REGISTRY, Need.STUDY)


def who(dataset: Dataset, *, patient: str = "patient__study_code") -> tuple[Field, ...]:
    """Whom a row is about, and where."""
    rows = [
        Field(dataset, "study_code", patient, Kind.TEXT, needs=CODED, personal=Personal.PSEUDONYM),
        Field(dataset, "site", "site__code", Kind.TEXT, needs=CODED, personal=Personal.NONE),
    ]
    if dataset is not Dataset.PATIENTS:
        needs, none = CODED, Personal.NONE
        rows.append(
            Field(dataset, "product", "product__code", Kind.TEXT, needs=needs, personal=none)
        )
    return tuple(rows)
