"""All grading rules of one version of the reference data, in one value.

The product's own form of what the scales of domain 2 give.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from followup.domain.grading.crs import CrsRules, read_crs_rules
from followup.domain.grading.ctcae import CtcaeRules, read_ctcae_rules
from followup.domain.grading.cytopenias import (
    DurationRules,
    PointRules,
    read_duration_rules,
    read_point_rules,
)
from followup.domain.grading.icans import IcansRules, read_icans_rules
from followup.domain.grading.iec_hs import IecHsRules, read_iec_hs_rules


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
    """The rules of a loaded `grading.json`; KeyError or ValueError for a broken file."""
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
