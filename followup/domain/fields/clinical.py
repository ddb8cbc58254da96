"""The fields of patients, infusions, contacts and events.

The product's own rule; of an infusion the items of domain 2.1.
"""

from functools import partial

from followup.domain.event_classes import CODE_LISTS
from followup.domain.fields.kinds import CODED, Dataset, Field, Kind, Need, Personal, who

_P, _I, _R, _S = Need.PROTOCOL, Need.ICSR, Need.REGISTRY, Need.STUDY
_T, _C = Need.TRACEABILITY, Need.CARE
_ANSWER, _STATE = "yes_no_unknown", "patient_followup_state"
_FREE, _ID, _STAFF = Personal.FREE_TEXT, Personal.IDENTITY, Personal.STAFF
_NONE, _PSEUDONYM = Personal.NONE, Personal.PSEUDONYM


def patients() -> tuple[Field, ...]:
    """The fields of a patient."""
    d, field = Dataset.PATIENTS, partial(Field, Dataset.PATIENTS)
    return (
        *who(d, patient="study_code"),
        field("name", "name", Kind.TEXT, needs=(_C,), personal=_ID),
        field("birth_date", "birth_date", Kind.PARTIAL, needs=(_C,), personal=_ID),
        field("national_id", "national_id", Kind.TEXT, needs=(_C,), personal=_ID),
        field("hospital_number", "hospital_number", Kind.TEXT, needs=(_C,), personal=_ID),
        field("telephone", "telephone", Kind.TEXT, needs=(_C,), personal=_ID),
        field("sex", "sex", Kind.CODE, "sex", needs=CODED),
        field("birth_year", "birth_year", Kind.NUMBER, needs=CODED, low=1900),
        field("vital_status", "vital_status", Kind.CODE, "vital_status", needs=CODED),
        field("follow_up_state", "follow_up_state", Kind.CODE, _STATE, needs=(_P, _S, _C)),
        field("state_since", "state_since", Kind.DAY, needs=(_S, _C)),
        field("last_contact_on", "last_contact_on", Kind.DAY, needs=(_P, _R, _S)),
        field("died_on_text", "died_on_text", Kind.PARTIAL, needs=CODED),
        field("death_cause", "death_cause", Kind.TEXT, needs=CODED, personal=_FREE),
        field("death_cause_code", "death_cause_code", Kind.TEXT, needs=CODED),
        field("autopsy", "autopsy", Kind.CODE, _ANSWER, needs=CODED),
        field("death_related", "death_related", Kind.CODE, "death_relation", needs=CODED),
        field("registered_at", "registered_at", Kind.MOMENT, needs=(_S,)),
    )


def infusions() -> tuple[Field, ...]:
    """The fields of an infusion."""
    d, field = Dataset.INFUSIONS, partial(Field, Dataset.INFUSIONS)
    return (
        *who(d),
        field("indication", "indication__code", Kind.TEXT, needs=CODED),
        field("off_label_reason", "off_label_reason", Kind.TEXT, needs=(_I,), personal=_FREE),
        field("infused_on", "infused_on", Kind.DAY, needs=CODED),
        field("lot", "lot", Kind.TEXT, needs=(_I, _R, _T)),
        field(
            "chain_of_identity", "chain_of_identity", Kind.TEXT, needs=(_T,), personal=_PSEUDONYM
        ),
        field("dose_cells", "dose_cells", Kind.NUMBER, "", "10^6 CAR+", 0.1, 10_000, needs=CODED),
        field("lymphodepletion", "lymphodepletion", Kind.TEXT, needs=(_R, _S)),
        field("prior_lines", "prior_lines", Kind.NUMBER, low=0, high=20, needs=(_R, _S)),
        *_details(),
    )


def _details() -> tuple[Field, ...]:
    """How the product of an infusion was made and given, and what went before it."""
    field, number = partial(Field, Dataset.INFUSIONS), Kind.NUMBER
    study, answer = (_R, _S), partial(Field, Dataset.INFUSIONS, kind=Kind.CODE, codes=_ANSWER)
    oos, course = "out_of_specification", "mg/m2"
    return (
        field("manufacturing_site", "manufacturing_site", Kind.TEXT, needs=(_T,), personal=_NONE),
        field("apheresis_on_text", "apheresis_on_text", Kind.PARTIAL, needs=(_R, _S, _T)),
        field(
            *("vector_copy_number", "vector_copy_number", number, "", "copies/cell", 0.5, 5),
            needs=(_S, _T),
        ),
        field("viability", "viability", number, "", "%", 70, 100, needs=(_R, _S)),
        answer(oos, oos, needs=(_I, _R, _S)),
        field(f"{oos}_note", f"{oos}_note", Kind.TEXT, needs=(_I,), personal=_FREE),
        field("thawed_at", "thawed_at", Kind.TIME, needs=(_T,)),
        field("dose_per_kg", "dose_per_kg", number, "", "10^6 CAR+/kg", 0.1, 20, needs=study),
        field(*("fludarabine_dose", "fludarabine_dose", number, "", course, 60, 180), needs=study),
        field(
            *("cyclophosphamide_dose", "cyclophosphamide_dose", number, "", course, 600, 4_000),
            needs=study,
        ),
        answer("bridging_therapy", "bridging_therapy", needs=study),
        field("bridging_note", "bridging_note", Kind.TEXT, needs=(_C,), personal=_FREE),
        field("prior_hsct", "prior_hsct", Kind.CODE, "prior_hsct", needs=study),
        answer("prior_alkylator", "prior_alkylator", needs=(_I, _R, _S)),
        answer("prior_radiation", "prior_radiation", needs=(_I, _R, _S)),
    )


def visits() -> tuple[Field, ...]:
    """The fields of a contact."""
    d, field = Dataset.VISITS, partial(Field, Dataset.VISITS)
    return (
        *who(d),
        field("visit_code", "planned__code", Kind.TEXT, needs=(_P, _S)),
        field("contact_on", "contact_on", Kind.DAY, needs=CODED),
        field("contact_type", "contact_type", Kind.CODE, "contact_type", needs=(_P, _S)),
        field("counts_outside", "counts_outside", Kind.YES_NO, needs=(_P, _S)),
        field("informant", "informant", Kind.CODE, "informant", needs=(_P, _I)),
        field("vital_status", "vital_status", Kind.CODE, "vital_status", needs=CODED),
        field("died_on_text", "died_on_text", Kind.PARTIAL, needs=CODED),
        field("death_cause", "death_cause", Kind.TEXT, needs=CODED, personal=_FREE),
        field("death_cause_code", "death_cause_code", Kind.TEXT, needs=CODED),
        field("autopsy", "autopsy", Kind.CODE, _ANSWER, needs=CODED),
        field("death_related", "death_related", Kind.CODE, "death_relation", needs=CODED),
        field("disease_status", "disease_status", Kind.CODE, needs=CODED),
        field("progressed_on_text", "progressed_on_text", Kind.PARTIAL, needs=(_P, _R, _S)),
        field("new_malignancy", "new_malignancy", Kind.CODE, _ANSWER, needs=CODED),
        field("other_event", "other_event", Kind.CODE, _ANSWER, needs=(_P, _I)),
        field("new_therapy", "new_therapy", Kind.CODE, _ANSWER, needs=(_P, _R, _S)),
        field("therapy_note", "therapy_note", Kind.TEXT, needs=(_P, _R), personal=_FREE),
        field("unanswered_reason", "unanswered_reason", Kind.TEXT, needs=(_P,), personal=_FREE),
        field("note", "note", Kind.TEXT, needs=(_C,), personal=_FREE),
        field("recorded_by", "recorded_by__display_name", Kind.TEXT, needs=(_C,), personal=_STAFF),
        field("recorded_at", "recorded_at", Kind.MOMENT, needs=(_S,), personal=_NONE),
    )


def events() -> tuple[Field, ...]:
    """The fields of an adverse event."""
    d, field = Dataset.EVENTS, partial(Field, Dataset.EVENTS)
    return (
        *who(d),
        field("verbatim", "verbatim", Kind.TEXT, needs=(_P, _I), personal=_FREE),
        field("kind", "kind", Kind.CODE, needs=(_P, _I)),
        field("onset_text", "onset_text", Kind.PARTIAL, needs=CODED),
        field("ended_text", "ended_text", Kind.PARTIAL, needs=CODED),
        field("aware_on", "aware_on", Kind.DAY, needs=(_I,)),
        field("serious", "serious", Kind.YES_NO, needs=(_P, _I)),
        field("seriousness", "seriousness", Kind.CODES, "seriousness", needs=(_I,)),
        field("grade", "grade", Kind.NUMBER, low=0, high=5, needs=CODED),
        field("grade_scale", "grade_scale", Kind.CODE, "toxicity_grade_scale", needs=CODED),
        field("outcome", "outcome", Kind.CODE, "event_outcome", needs=(_P, _I)),
        field("causality", "causality", Kind.CODE, "causality_cn", needs=(_I,)),
        field("is_new_malignancy", "is_new_malignancy", Kind.YES_NO, needs=CODED),
        field("t_cell_suspected", "t_cell_suspected", Kind.CODE, _ANSWER, needs=(_P, _I)),
        *(field(name, name, Kind.CODE, codes, needs=CODED) for name, codes in CODE_LISTS.items()),
        field("infection_organism", "infection_organism", Kind.TEXT, needs=CODED, personal=_FREE),
        field("infection_site", "infection_site", Kind.TEXT, needs=CODED, personal=_FREE),
        field("recorded_at", "recorded_at", Kind.MOMENT, needs=(_S,), personal=_NONE),
    )
