"""The field dictionary: each answer of the register defined once.

A field says of what kind it is, from which code list, in which unit and range, who needs it, and
what it is as personal data. Forms of many rows, import, export and the page of the dictionary read
it; the words in both languages are those of `names.json`. The ranges are the product's own, for
asking back and never for refusing; class of personal data: PIPL article 28.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from followup.domain.consents import Purpose


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    DAY = "day"
    PARTIAL = "partial"  # a day, a month or a year, never completed
    MOMENT = "moment"
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


_P, _I, _R, _S = Need.PROTOCOL, Need.ICSR, Need.REGISTRY, Need.STUDY
_T, _C = Need.TRACEABILITY, Need.CARE
_CODED = (_P, _I, _R, _S)
_ANSWER, _STATE = "yes_no_unknown", "patient_followup_state"
_FREE, _ID, _STAFF = Personal.FREE_TEXT, Personal.IDENTITY, Personal.STAFF
_NONE, _PSEUDONYM = Personal.NONE, Personal.PSEUDONYM


def _who(dataset: Dataset, *, patient: str = "patient__study_code") -> tuple[Field, ...]:
    """Whom a row is about, and where."""
    rows = [
        Field(dataset, "study_code", patient, Kind.TEXT, needs=_CODED, personal=_PSEUDONYM),
        Field(dataset, "site", "site__code", Kind.TEXT, needs=_CODED, personal=_NONE),
    ]
    if dataset is not Dataset.PATIENTS:
        needs, none = _CODED, _NONE
        rows.append(
            Field(dataset, "product", "product__code", Kind.TEXT, needs=needs, personal=none)
        )
    return tuple(rows)


def _patients() -> tuple[Field, ...]:
    d, field = Dataset.PATIENTS, partial(Field, Dataset.PATIENTS)
    return (
        *_who(d, patient="study_code"),
        field("name", "name", Kind.TEXT, needs=(_C,), personal=_ID),
        field("birth_date", "birth_date", Kind.PARTIAL, needs=(_C,), personal=_ID),
        field("national_id", "national_id", Kind.TEXT, needs=(_C,), personal=_ID),
        field("hospital_number", "hospital_number", Kind.TEXT, needs=(_C,), personal=_ID),
        field("telephone", "telephone", Kind.TEXT, needs=(_C,), personal=_ID),
        field("sex", "sex", Kind.CODE, "sex", needs=_CODED),
        field("birth_year", "birth_year", Kind.NUMBER, needs=_CODED, low=1900),
        field("vital_status", "vital_status", Kind.CODE, "vital_status", needs=_CODED),
        field("follow_up_state", "follow_up_state", Kind.CODE, _STATE, needs=(_P, _S, _C)),
        field("state_since", "state_since", Kind.DAY, needs=(_S, _C)),
        field("last_contact_on", "last_contact_on", Kind.DAY, needs=(_P, _R, _S)),
        field("died_on_text", "died_on_text", Kind.PARTIAL, needs=_CODED),
        field("death_cause", "death_cause", Kind.TEXT, needs=_CODED, personal=_FREE),
        field("death_related", "death_related", Kind.CODE, "death_relation", needs=_CODED),
        field("registered_at", "registered_at", Kind.MOMENT, needs=(_S,)),
    )


def _infusions() -> tuple[Field, ...]:
    d, field = Dataset.INFUSIONS, partial(Field, Dataset.INFUSIONS)
    return (
        *_who(d),
        field("indication", "indication__code", Kind.TEXT, needs=_CODED),
        field("off_label_reason", "off_label_reason", Kind.TEXT, needs=(_I,), personal=_FREE),
        field("infused_on", "infused_on", Kind.DAY, needs=_CODED),
        field("lot", "lot", Kind.TEXT, needs=(_I, _R, _T)),
        field(
            "chain_of_identity", "chain_of_identity", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM
        ),
        field("dose_cells", "dose_cells", Kind.NUMBER, "", "10^6 CAR+", 0.1, 10_000, needs=_CODED),
        field("lymphodepletion", "lymphodepletion", Kind.TEXT, needs=(_R, _S)),
        field("prior_lines", "prior_lines", Kind.NUMBER, low=0, high=20, needs=(_R, _S)),
    )


def _visits() -> tuple[Field, ...]:
    d, field = Dataset.VISITS, partial(Field, Dataset.VISITS)
    return (
        *_who(d),
        field("visit_code", "planned__code", Kind.TEXT, needs=(_P, _S)),
        field("contact_on", "contact_on", Kind.DAY, needs=_CODED),
        field("contact_type", "contact_type", Kind.CODE, "contact_type", needs=(_P, _S)),
        field("counts_outside", "counts_outside", Kind.YES_NO, needs=(_P, _S)),
        field("informant", "informant", Kind.CODE, "informant", needs=(_P, _I)),
        field("vital_status", "vital_status", Kind.CODE, "vital_status", needs=_CODED),
        field("died_on_text", "died_on_text", Kind.PARTIAL, needs=_CODED),
        field("death_cause", "death_cause", Kind.TEXT, needs=_CODED, personal=_FREE),
        field("death_related", "death_related", Kind.CODE, "death_relation", needs=_CODED),
        field("disease_status", "disease_status", Kind.CODE, needs=_CODED),
        field("progressed_on_text", "progressed_on_text", Kind.PARTIAL, needs=(_P, _R, _S)),
        field("new_malignancy", "new_malignancy", Kind.CODE, _ANSWER, needs=_CODED),
        field("other_event", "other_event", Kind.CODE, _ANSWER, needs=(_P, _I)),
        field("new_therapy", "new_therapy", Kind.CODE, _ANSWER, needs=(_P, _R, _S)),
        field("therapy_note", "therapy_note", Kind.TEXT, needs=(_P, _R), personal=_FREE),
        field("unanswered_reason", "unanswered_reason", Kind.TEXT, needs=(_P,), personal=_FREE),
        field("note", "note", Kind.TEXT, needs=(_C,), personal=_FREE),
        field("recorded_by", "recorded_by__display_name", Kind.TEXT, needs=(_C,), personal=_STAFF),
        field("recorded_at", "recorded_at", Kind.MOMENT, needs=(_S,), personal=_NONE),
    )


def _events() -> tuple[Field, ...]:
    d, field = Dataset.EVENTS, partial(Field, Dataset.EVENTS)
    return (
        *_who(d),
        field("verbatim", "verbatim", Kind.TEXT, needs=(_P, _I), personal=_FREE),
        field("kind", "kind", Kind.CODE, needs=(_P, _I)),
        field("onset_text", "onset_text", Kind.PARTIAL, needs=_CODED),
        field("ended_text", "ended_text", Kind.PARTIAL, needs=_CODED),
        field("aware_on", "aware_on", Kind.DAY, needs=(_I,)),
        field("serious", "serious", Kind.YES_NO, needs=(_P, _I)),
        field("seriousness", "seriousness", Kind.CODES, "seriousness", needs=(_I,)),
        field("grade", "grade", Kind.NUMBER, low=0, high=5, needs=_CODED),
        field("grade_scale", "grade_scale", Kind.CODE, "toxicity_grade_scale", needs=_CODED),
        field("outcome", "outcome", Kind.CODE, "event_outcome", needs=(_P, _I)),
        field("causality", "causality", Kind.CODE, "causality_cn", needs=(_I,)),
        field("is_new_malignancy", "is_new_malignancy", Kind.YES_NO, needs=_CODED),
        field("t_cell_suspected", "t_cell_suspected", Kind.CODE, _ANSWER, needs=(_P, _I)),
        field("recorded_at", "recorded_at", Kind.MOMENT, needs=(_S,), personal=_NONE),
    )


def _samples() -> tuple[Field, ...]:
    d, field = Dataset.SAMPLES, partial(Field, Dataset.SAMPLES)
    return (
        *_who(d),
        field("number", "number", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM),
        field("code", "code", Kind.TEXT, needs=(_P, _T)),
        field("phase", "phase", Kind.CODE, needs=(_P, _T)),
        field("visit_code", "visit_code", Kind.TEXT, needs=(_P,)),
        field("planned_for", "planned_for", Kind.DAY, needs=(_P,)),
        field("held", "held", Kind.CODE, needs=(_P, _T)),
        field("state", "state", Kind.CODE, needs=(_T,)),
    )


def _measured(dataset: Dataset, limits: Personal) -> tuple[Field, ...]:
    """How a laboratory wrote a value: a bound is no measurement, and missing is no zero."""
    return (
        Field(dataset, "comparator", "comparator", Kind.CODE, needs=(_P, _I)),
        Field(dataset, "value", "value", Kind.NUMBER, low=0, needs=(_P, _I)),
        Field(dataset, "unit", "unit", Kind.TEXT, needs=(_P, _I), personal=limits),
        Field(dataset, "lower_limit", "lower_limit", Kind.NUMBER, needs=(_P,), personal=limits),
        Field(
            dataset, "detection_limit", "detection_limit", Kind.NUMBER, needs=(_P,), personal=limits
        ),
    )


def _results() -> tuple[Field, ...]:
    d, field = Dataset.RESULTS, partial(Field, Dataset.RESULTS)
    return (
        *_who(d),
        field("sample", "sample__number", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM),
        field("assay", "assay", Kind.TEXT, needs=(_P, _I)),
        field("finding", "finding", Kind.CODE, needs=(_P, _I)),
        *_measured(d, Personal.HEALTH),
        field("below_quantification", "below_quantification", Kind.YES_NO, needs=(_P, _I)),
        field("same_clone", "same_clone", Kind.YES_NO, needs=(_I,)),
        field("final", "final", Kind.YES_NO, needs=(_I,)),
        field("resulted_on", "resulted_on", Kind.DAY, needs=(_P, _I)),
        field("comment", "comment", Kind.TEXT, needs=(_C,), personal=_FREE),
    )


def _laboratory() -> tuple[Field, ...]:
    d, field = Dataset.LABORATORY, partial(Field, Dataset.LABORATORY)
    return (
        *_who(d),
        field("measure", "measure", Kind.CODE, needs=(_P, _R, _S)),
        field("specimen_on", "specimen_on", Kind.DAY, needs=(_P, _R, _S)),
        *_measured(d, _NONE),
        field("finding", "finding", Kind.CODE, needs=(_P,)),
        field("missing_because", "missing_because", Kind.CODE, needs=(_P,)),
        field("written", "written", Kind.TEXT, needs=(_C,)),
        field("status", "status", Kind.CODE, needs=(_P,), personal=_NONE),
    )


FIELDS: tuple[Field, ...] = (
    *_patients(),
    *_infusions(),
    *_visits(),
    *_events(),
    *_samples(),
    *_results(),
    *_laboratory(),
)
BY_KEY: Mapping[str, Field] = {field.key: field for field in FIELDS}


def of(dataset: Dataset) -> tuple[Field, ...]:
    """The fields of a dataset, in the order of their columns."""
    return tuple(field for field in FIELDS if field.dataset is dataset)
