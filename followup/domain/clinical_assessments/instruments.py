"""What each scale of toxicity, of performance and each criterion of response asks for.

Source: domain 2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments import MetabolicChange, NonTarget
from followup.domain.grading import (
    Consciousness,
    CtcaeCrs,
    IecHsSeverity,
    MalignancyCourse,
    Motor,
    Oxygen,
    Pressure,
    Seizure,
)

YES, NO = "YES", "NO"
ECOG_DEAD = "5"
NODE, OTHER_LESION = "NODE", "OTHER"
MOST_LUGANO_TARGETS, MOST_RECIST_TARGETS = 6, 5  # part of the definitions, not thresholds


class Instrument(StrEnum):
    """A scale of toxicity or performance, or criteria of response, that a person assesses by."""

    ECOG = "ECOG"
    CRS = "CRS"
    ICANS = "ICANS"
    IEC_HS = "IEC_HS"
    CTCAE_CRS = "CTCAE_CRS"
    CTCAE_MALIGNANCY = "CTCAE_MALIGNANCY"
    LUGANO_PET = "LUGANO_PET"
    LUGANO_CT = "LUGANO_CT"
    IMWG = "IMWG"
    B_ALL = "B_ALL"
    RECIST = "RECIST"


class Frequency(StrEnum):
    """How often an observation of CAPD was made in the shift, the rarest first."""

    NEVER = "NEVER"
    RARELY = "RARELY"
    SOMETIMES = "SOMETIMES"
    OFTEN = "OFTEN"
    ALWAYS = "ALWAYS"


class ItemKind(StrEnum):
    """How an item is answered."""

    YES_NO = "YES_NO"
    CHOICE = "CHOICE"
    SEVERAL = "SEVERAL"
    WHOLE = "WHOLE"
    NUMBER = "NUMBER"
    QUANTITY = "QUANTITY"  # a number that may be a bound, such as <0.1


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `unit` is that of its number, `low` and `high` bound what can be typed."""

    code: str
    kind: ItemKind
    options: tuple[str, ...] = ()
    unit: str = ""
    low: Decimal | None = None
    high: Decimal | None = None


def _yes_no(*codes: str) -> tuple[Item, ...]:
    return tuple(Item(code, ItemKind.YES_NO) for code in codes)


def _choice(code: str, kinds: type[StrEnum]) -> Item:
    return Item(code, ItemKind.CHOICE, tuple(kind.value for kind in kinds))


def _number(code: str, unit: str, low: str = "0", high: str = "1000000") -> Item:
    return Item(code, ItemKind.NUMBER, unit=unit, low=Decimal(low), high=Decimal(high))


def _whole(code: str, high: int) -> Item:
    return Item(code, ItemKind.WHOLE, low=Decimal(0), high=Decimal(high))


def _quantity(code: str, unit: str) -> Item:
    return Item(code, ItemKind.QUANTITY, unit=unit)


ICE_ORIENTATION = ("ice_year", "ice_month", "ice_city", "ice_hospital")
ICE_NAMING = ("ice_object_1", "ice_object_2", "ice_object_3")
ICE_SINGLE = ("ice_command", "ice_writing", "ice_counting")
ICE = (*ICE_ORIENTATION, *ICE_NAMING, *ICE_SINGLE)
CAPD_ABILITIES = ("capd_eye_contact", "capd_purposeful", "capd_aware", "capd_communicates")
CAPD_DISTURBANCES = ("capd_restless", "capd_inconsolable", "capd_underactive", "capd_slow")
CAPD = (*CAPD_ABILITIES, *CAPD_DISTURBANCES)
IEC_HS_OTHER = (
    *("ldh", "coagulation", "bilirubin", "splenomegaly", "fever"),
    *("neurotoxicity", "lung", "renal"),
)
PROTEINS = ("serum", "urine", "light_chains")
PROTEIN_UNITS = {"serum": "g/L", "urine": "mg/24 h", "light_chains": "mg/L"}
TIMES = ("baseline", "nadir", "now")


def target(number: int, name: str) -> str:
    """The code of an item of one target lesion, counted from 1."""
    return f"target_{number}_{name}"


def _lugano_target(number: int) -> tuple[Item, ...]:
    lengths = {"ldi": "mm", "ppd": "mm²", "nadir_ldi": "mm", "nadir_ppd": "mm²"}
    lengths |= {"baseline_ppd": "mm²"}
    kind = Item(target(number, "kind"), ItemKind.CHOICE, (NODE, OTHER_LESION))
    return (kind, *(_number(target(number, name), unit) for name, unit in lengths.items()))


def _recist_target(number: int) -> tuple[Item, ...]:
    kind = Item(target(number, "kind"), ItemKind.CHOICE, (NODE, OTHER_LESION))
    return (kind, *(_number(target(number, name), "mm") for name in ("baseline", "now")))


ITEMS: Mapping[Instrument, tuple[Item, ...]] = {
    Instrument.ECOG: (Item("ecog", ItemKind.CHOICE, ("0", "1", "2", "3", "4", ECOG_DEAD)),),
    Instrument.CRS: (
        _number("temperature", "°C", "30", "45"),
        *_yes_no("fever_other_cause", "treated", "fever_earlier", "hypotension"),
        _whole("vasopressors", 10),
        *_yes_no("vasopressin"),
        _choice("oxygen", Oxygen),
        _number("flow", "L/min", "0", "100"),
        *_yes_no("death_due_to_crs"),
    ),
    Instrument.ICANS: (
        _whole("age", 130),
        *_yes_no(*ICE),
        *(_choice(code, Frequency) for code in CAPD),
        _whole("capd", 32),
        _choice("consciousness", Consciousness),
        _choice("seizure", Seizure),
        _choice("motor", Motor),
        _choice("pressure", Pressure),
        *_yes_no("other_cause", "death_due_to_icans"),
    ),
    Instrument.IEC_HS: (
        _quantity("ferritin", "µg/L"),
        _number("ferritin_uln", "µg/L"),
        _number("ferritin_baseline", "µg/L"),
        *_yes_no("ferritin_rapidly_rising"),
        _number("transaminases_times", "×"),
        _quantity("fibrinogen", "g/L"),
        _number("fibrinogen_lln", "g/L"),
        *_yes_no("haemophagocytosis", "cytopenia_grade_4"),
        _quantity("triglycerides", "mmol/L"),
        Item("other", ItemKind.SEVERAL, IEC_HS_OTHER),
        *_yes_no("explained_otherwise"),
        _choice("severity", IecHsSeverity),
    ),
    Instrument.CTCAE_CRS: (_choice("ctcae_crs", CtcaeCrs),),
    Instrument.CTCAE_MALIGNANCY: (_choice("malignancy_course", MalignancyCourse),),
    Instrument.LUGANO_PET: (
        Item("deauville", ItemKind.CHOICE, ("1", "2", "3", "4", "5")),
        _choice("metabolic_change", MetabolicChange),
        *_yes_no("new_lesion"),
    ),
    Instrument.LUGANO_CT: (
        *_yes_no("new_lesion", "other_sites_normal"),
        *(item for n in range(1, MOST_LUGANO_TARGETS + 1) for item in _lugano_target(n)),
    ),
    Instrument.IMWG: (
        *(
            _quantity(f"{protein}_{time}", PROTEIN_UNITS[protein])
            for protein in PROTEINS[:2]
            for time in TIMES
        ),
        *_yes_no("urine_measurable", "light_chain_disease"),
        *(_quantity(f"light_chains_{time}", "mg/L") for time in TIMES),
        *_yes_no("serum_ifx_negative", "urine_ifx_negative", "light_chain_ratio_normal"),
        *_yes_no("plasmacytoma"),
        _quantity("marrow_plasma_cells", "%"),
        *_yes_no("clonal_plasma_cells", "new_lesion"),
    ),
    Instrument.B_ALL: (
        _quantity("marrow_blasts", "%"),
        *_yes_no("extramedullary"),
        _quantity("anc", "10^9/L"),
        _quantity("platelets", "10^9/L"),
        *_yes_no("earlier_remission"),
        _quantity("mrd", "%"),
    ),
    Instrument.RECIST: (
        _number("nadir_sum", "mm"),
        _choice("non_target", NonTarget),
        *_yes_no("new_lesion"),
        *(item for n in range(1, MOST_RECIST_TARGETS + 1) for item in _recist_target(n)),
    ),
}
# Codes a clinician may state beside what the measurements decide; none on a scale of toxicity.
RESPONSES: Mapping[Instrument, tuple[str, ...]] = {
    Instrument.LUGANO_PET: ("CR", "PR", "SD", "PD", "NE"),
    Instrument.LUGANO_CT: ("CR", "PR", "SD", "PD", "NE"),
    Instrument.IMWG: ("sCR", "CR", "VGPR", "PR", "MR", "SD", "PD", "NE"),
    Instrument.B_ALL: ("CR", "CRh", "CRi", "MLFS", "REFRACTORY", "RELAPSE", "PD"),
    Instrument.RECIST: ("CR", "PR", "SD", "PD", "NE"),
}


def read_criteria(data: Mapping[str, Any]) -> Mapping[str, tuple[Instrument, ...]]:
    """The criteria of response that fit each disease, in the loaded grading data.

    ValueError for criteria that are not known here.
    """
    found = {
        disease: tuple(map(Instrument, codes))
        for disease, codes in data["response"]["criteria_by_disease"].items()
    }
    for disease, criteria in found.items():
        if not set(criteria) <= set(RESPONSES):
            raise ValueError(f"{disease}: a scale of toxicity is no criterion of response")
    return found
