"""Rows of the register as facts the mapping names; each is a pure function of a row.

The product's own rule where the guide leaves a choice: a yes that was not asked is not a no, an
event of unknown seriousness has no answer, a grade is CTCAE's or keeps the name of its scale.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from followup.domain import infusion_details
from pv.domain.datasets.records import KEY, Facts, Value
from pv.domain.datasets.trial_design import ANOTHER_INFUSION, DAYS_OF_A_MONTH, visit_name

Row = Mapping[str, Any]
CTCAE = "CTCAE_5"
_POINT = re.compile(r"([DMY])(\d{1,4})", re.ASCII)
_CRITERIA = {
    "DEATH": "death",
    "LIFE_THREATENING": "threat",
    "HOSPITALISATION": "hospital",
    "DISABILITY": "disability",
    "CONGENITAL_ANOMALY": "anomaly",
    "OTHER_IMPORTANT": "important",
}
# Follow-up states that end the participation, in the words of the disposition list.
ENDED = frozenset({"LOST", "WITHDRAWN_NEW_DATA", "TRANSFERRED", "DEAD"})


def iso(day: date | None) -> str | None:
    """A full date as text; None for none."""
    return day.isoformat() if day else None


def yes_no(answer: bool | None) -> str | None:
    """An answer as a code; None where nobody answered."""
    return None if answer is None else "YES" if answer else "NO"


def visit_number(code: str, infusion: int = 1) -> Decimal | None:
    """Nominal months since the infusion a visit belongs to; None for a point of another kind."""
    point = _POINT.fullmatch(code)
    if point is None:
        return None
    unit, count = point[1], int(point[2])
    months = {"D": count / DAYS_OF_A_MONTH, "M": count, "Y": count * 12}[unit]
    return Decimal(str(round(months + ANOTHER_INFUSION * (infusion - 1), 2)))


def subject(row: Row, infusions: Iterable[Row], consented: str | None) -> dict[str, Value]:
    """A patient's own facts. `infusions` are those of the product, `consented` a day as known."""
    days = sorted(each["infused_on"] for each in infusions)
    dead = row["vital_status"] == "DEAD"
    died = row["died_on_text"] or None
    last = iso(row["last_contact_on"])
    return {
        KEY: "1",
        "subjid": row["study_code"],
        "siteid": row["site"],
        "first_infusion": iso(days[0]) if days else None,
        "last_infusion": iso(days[-1]) if days else None,
        "consented": consented,
        "participation_ended": died if dead else last,
        "died_on": died,
        "dead": "YES" if dead else None,
        "birth": str(row["birth_year"]) if row["birth_year"] else None,
        "sex": row["sex"],
        "death_cause": row["death_cause"],
        "death_related": row["death_related"],
    }


def exposure(row: Row) -> Facts:
    """An infusion."""
    dose: Decimal | None = row["dose_cells"]
    return {
        KEY: str(row["id"]),
        "infused_on": iso(row["infused_on"]),
        "lot": row["lot"],
        "chain_of_identity": row["chain_of_identity"],
        "dose": dose,
        "dose_unit": None if dose is None else "10^6 CELLS",
        "lymphodepletion": row["lymphodepletion"],
        "prior_lines": row["prior_lines"],
        "indication": row["indication"],
        **_details(row),
    }


def _details(row: Row) -> Facts:
    """How the product was made and given, and what went before it, as far as it is recorded."""
    thawed = row["thawed_at"]
    return {
        **{name: row[name] for name in (*infusion_details.TEXTS, *infusion_details.CODES)},
        **{name: plain(row[name]) for name in infusion_details.NUMBERS},
        "apheresis_on": row["apheresis_on_text"],
        "thawed_at": thawed.isoformat("minutes") if thawed else None,
    }


def event(row: Row) -> Facts:
    """An adverse event, or another event of clinical interest, in the reporter's words."""
    grade, scale = row["grade"], row["grade_scale"]
    common = scale == CTCAE
    criteria = {
        name: "YES" if code in row["seriousness"] else None for code, name in _CRITERIA.items()
    }
    return {
        KEY: str(row["id"]),
        "identifier": str(row["id"]),
        "verbatim": row["verbatim"],
        "category": row["kind"],
        "serious": yes_no(row["serious"]),
        **criteria,
        "onset": row["onset_text"],
        "ended": row["ended_text"],
        "outcome": row["outcome"],
        "causality": row["causality"],
        "toxicity_grade": str(grade) if common and grade is not None else None,
        "other_grade": str(grade) if not common and grade is not None else None,
        "other_scale": None if common else scale,
        "aware_on": iso(row["aware_on"]),
        "new_malignancy": "YES" if row["is_new_malignancy"] else None,
        "t_cell_suspected": row["t_cell_suspected"],
        "pregnancy_of": row["pregnancy_of"],
        "pregnancy_outcome": row["pregnancy_outcome"],
    }


def progressions(rows: Iterable[Row]) -> Iterator[Facts]:
    """Disease progressions that contacts told of: a day told again is the same event."""
    met: set[str] = set()
    for row in sorted(rows, key=lambda each: str(each["id"])):
        day = row["progressed_on_text"]
        if day and day not in met:
            met.add(day)
            yield {
                KEY: str(row["id"]),
                "identifier": str(row["id"]),
                "verbatim": "DISEASE PROGRESSION",
                "category": "DISEASE_PROGRESSION",
                "onset": day,
            }


def survival(row: Row, infusion: int | None) -> Facts:
    """What a contact said about survival. `infusion` is the place of the one it was planned for."""
    code = row["visit_code"] or ""
    return {
        KEY: str(row["id"]),
        "status": row["vital_status"],
        "contact_on": iso(row["contact_on"]),
        "contact_type": row["contact_type"],
        "informant": row["informant"],
        "visit": visit_name(code, infusion or 1) if code else "UNSCHEDULED",
        "visit_number": visit_number(code, infusion or 1) if code else None,
    }


def ended(row: Row) -> str | None:
    """When the participation ended, as far as it is known; None while it goes on."""
    state = row["follow_up_state"]
    if state not in ENDED:
        return None
    return row["died_on_text"] or None if state == "DEAD" else iso(row["state_since"])


def dispositions(row: Row, consented: str | None) -> Iterator[Facts]:
    """The consent to follow-up, and what ended the participation."""
    if consented:
        yield {
            KEY: "1",
            "term": "INFORMED_CONSENT",
            "category": "MILESTONE",
            "on": consented,
        }
    state = row["follow_up_state"]
    if state in ENDED:
        yield {KEY: "2", "term": state, "category": "DISPOSITION", "on": ended(row)}


def contact(row: Row, infusion: int | None) -> Facts:
    """A contact as a visit, planned or not, with what it said of the disease."""
    told = survival(row, infusion)
    planned = "YES" if row["visit_code"] else None
    return {
        **told,
        "planned": planned,  # SDTM 2.0: Y or nothing, and only of a planned visit it is asked
        "occurred": planned,
        "disease_status": row["disease_status"],
    }


def missed(row: Row, infusion: int | None) -> Facts:
    """A planned visit that did not take place."""
    return {
        KEY: f"missed {row['id']}",
        "visit": visit_name(row["code"], infusion or 1),
        "visit_number": visit_number(row["code"], infusion or 1),
        "planned": "YES",
        "occurred": "NO",
    }


def plain(number: Decimal | None) -> str | None:
    """A number without the zeros of its column; None for none."""
    return None if number is None else f"{number.normalize():f}"


def exact(text: str | None) -> Decimal | None:
    """The number of a text with its digits, in the unit of the text; None for none."""
    return None if text is None else Decimal(text)


def death_details(row: Row) -> Iterator[Facts]:
    """Cause of a death, and its relation to the treatment, where they were told."""
    if row["vital_status"] != "DEAD":
        return
    details = (
        ("1", "PRCDTH", "Primary Cause of Death", row["death_cause"]),
        ("2", "DTHREL", "Relation to Treatment", row["death_related"].replace("_", " ")),
        ("3", "DTHICD10", "Underlying Cause of Death, ICD-10", row["death_cause_code"]),
        ("4", "AUTOPSY", "Autopsy Done", row["autopsy"]),
    )
    for key, code, test, answer in details:
        if answer:
            yield {KEY: key, "test_code": code, "test": test, "answer": answer}


def specimen_step(row: Row) -> Facts:
    """A step of a sample's custody."""
    return {
        KEY: f"{row['sample']} {row['number']:05d}",
        "sample": row["sample"],
        "step": row["step"],
        "on": iso(row["happened_on"]),
        "place": row["place"],
        "reason": row["reason"],
        "condition": row["condition"],
        "kind": row["kind"],
        "phase": row["phase"],
    }


def molecular(row: Row, collected: date | None) -> Facts:
    """A result of a sample: a bound has a text and no number.

    What was measured is the result; the finding beside it stands apart, and alone is the result.
    """
    value, comparator = plain(row["value"]), row["comparator"]
    number = f"{comparator}{value or ''}"
    return {
        KEY: str(row["id"]),
        "sample": row["sample"],
        "assay": row["assay"],
        "written": row["reported"] or number or row["finding"],
        "result": number or row["finding"],
        "finding": row["finding"] if number else None,
        "number": None if comparator else exact(value),
        "unit": row["unit"],
        "laboratory": row["laboratory"],
        "method": row["method"],
        "collected": iso(collected),
        "measure": row["measure"],
        "below": "YES" if row["below_quantification"] else None,
        "lower_limit": plain(row["lower_limit"]),
        "detection_limit": plain(row["detection_limit"]),
        "resulted_on": iso(row["resulted_on"]),
    }
