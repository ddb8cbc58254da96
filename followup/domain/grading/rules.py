"""All grading rules of one version of the reference data, in one value.

The product's own form of what the scales of domain 2 give.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from followup.domain.grading.crs import CrsRules, Oxygen, read_crs_rules
from followup.domain.grading.ctcae import CtcaeCrs, CtcaeRules, MalignancyCourse, read_ctcae_rules
from followup.domain.grading.cytopenias import (
    DurationRules,
    PointRules,
    read_duration_rules,
    read_point_rules,
)
from followup.domain.grading.icans import (
    Consciousness,
    IcansRules,
    Motor,
    Pressure,
    Seizure,
    read_icans_rules,
)
from followup.domain.grading.iec_hs import IecHsRules, IecHsSeverity, read_iec_hs_rules

CELLS = "10^9/L"
UNITS: Mapping[str, str] = {"hb": "g/L"}  # of items that are no cell counts
COUNTS = ("icaht_early", "icaht_late", "t_icaht_early", "t_icaht_late")
FINDINGS: tuple[tuple[str, str, type[StrEnum]], ...] = (
    ("crs", "oxygen", Oxygen),
    ("icans", "consciousness", Consciousness),
    ("icans", "seizure", Seizure),
    ("icans", "motor", Motor),
    ("icans", "pressure", Pressure),
    ("iec_hs", "severity", IecHsSeverity),
    ("ctcae", "second_malignancy", MalignancyCourse),
    ("ctcae", "crs", CtcaeCrs),
)


@dataclass(frozen=True, slots=True)
class GradingRules:
    """The rules of every scale."""

    version: str
    crs: CrsRules
    icans: IcansRules
    icaht_early: DurationRules
    icaht_late: PointRules
    t_icaht_early: DurationRules
    t_icaht_late: DurationRules
    iec_hs: IecHsRules
    ctcae: CtcaeRules


def read_grading_rules(data: Mapping[str, Any]) -> GradingRules:
    """The rules of a loaded `grading.json`; KeyError or ValueError for a broken file.

    Cell counts are in 10^9/L and haemoglobin in g/L: a table in another unit is refused.
    """
    _check_units(data)
    _check_findings(data)
    return GradingRules(
        version=str(data["version"]),
        crs=read_crs_rules(data["crs"]),
        icans=read_icans_rules(data["icans"]),
        icaht_early=read_duration_rules(data["icaht_early"]),
        icaht_late=read_point_rules(data["icaht_late"]),
        t_icaht_early=read_duration_rules(data["t_icaht_early"]),
        t_icaht_late=read_duration_rules(data["t_icaht_late"]),
        iec_hs=read_iec_hs_rules(data["iec_hs"]),
        ctcae=read_ctcae_rules(data["ctcae"]),
    )


def _check_units(data: Mapping[str, Any]) -> None:
    tables = [data[name] for name in COUNTS] + list(data["ctcae"]["laboratory"])
    for table in tables:
        unit = UNITS.get(table["item"], CELLS)
        if table["unit"] != unit:
            raise ValueError(f"{table['item']} is graded in {unit}, not {table['unit']}")


def _check_findings(data: Mapping[str, Any]) -> None:
    for scale, name, known in FINDINGS:
        for code in data[scale][name]:
            known(code)
