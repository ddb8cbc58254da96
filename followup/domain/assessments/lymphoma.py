"""Lymphoma response by the Lugano 2014 classification, from PET and from CT.

Source: domain 2 (Lugano 2014).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.responses import Criteria, Question, Response, either, first_met

MOST_TARGETS = 6  # part of the definition of the sum, not a threshold


class MetabolicChange(StrEnum):
    """Uptake against baseline."""

    REDUCED = "REDUCED"
    UNCHANGED = "UNCHANGED"
    INCREASED = "INCREASED"


@dataclass(frozen=True, slots=True)
class LuganoRules:
    """Limits, as loaded data; lengths in mm, falls and rises in percent."""

    citation: str
    complete_deauville_most: int
    complete_node_ldi: Decimal
    partial_fall: Decimal
    progression_rise: Decimal
    progression_ldi: Decimal
    small_step: Decimal
    large_step: Decimal
    large_from: Decimal


@dataclass(frozen=True, slots=True)
class TargetLesion:
    """One of at most six targets: longest diameter and product of diameters, mm and mm².

    `nadir` figures are the smallest so far. None = not measured at this assessment.
    """

    node: bool
    ldi: Decimal | None
    ppd: Decimal | None
    baseline_ppd: Decimal
    nadir_ppd: Decimal
    nadir_ldi: Decimal


def read_lugano_rules(data: Mapping[str, Any]) -> LuganoRules:
    """The rules from `response.lugano_2014` of the loaded grading data."""
    return LuganoRules(
        data["citation"],
        data["complete_deauville_most"],
        Decimal(data["complete_node_ldi_mm"]),
        Decimal(data["partial_fall_percent"]),
        Decimal(data["progression_ppd_rise_percent"]),
        Decimal(data["progression_ldi_mm"]),
        Decimal(data["progression_step_small_mm"]),
        Decimal(data["progression_step_large_mm"]),
        Decimal(data["large_from_mm"]),
    )


def pet_response(
    rules: LuganoRules,
    *,
    deauville: int | None,
    change: MetabolicChange | None,
    new_lesion: bool | None,
) -> Response:
    """CR, PR, SD or PD from the Deauville score; ValueError for a score outside 1 to 5.

    Scores 1 to 3 are a complete metabolic response; 4 and 5 go by the change of uptake.
    Source: Cheson et al., 2014.
    """
    if deauville is not None and not 1 <= deauville <= 5:
        raise ValueError("the Deauville score runs from 1 to 5")
    complete = None if deauville is None else deauville <= rules.complete_deauville_most
    high = None if complete is None else not complete

    def changed(kind: MetabolicChange) -> bool | None:
        return None if change is None else change is kind

    score: Question = ("LUGANO.PET.DEAUVILLE_LOW", complete, ("deauville",))
    avid: Question = ("LUGANO.PET.DEAUVILLE_HIGH", high, ("deauville",))
    gap = ("metabolic change",)
    questions: list[tuple[str, list[Question]]] = [
        ("PD", [("LUGANO.PET.NEW_LESION", new_lesion, ("new_lesion",))]),
        ("CR", [score]),
        ("PD", [avid, ("LUGANO.PET.INCREASED", changed(MetabolicChange.INCREASED), gap)]),
        ("PR", [avid, ("LUGANO.PET.REDUCED", changed(MetabolicChange.REDUCED), gap)]),
        ("SD", [avid, ("LUGANO.PET.UNCHANGED", changed(MetabolicChange.UNCHANGED), gap)]),
    ]
    return first_met(Criteria.LUGANO_2014, rules.citation, questions)


def ct_response(
    rules: LuganoRules,
    targets: Sequence[TargetLesion],
    *,
    new_lesion: bool | None,
    other_sites_normal: bool | None,
) -> Response:
    """CR, PR, SD or PD from at most six target lesions and the other sites.

    `other_sites_normal`: non-target lesions, spleen, organs and marrow have returned to normal.
    ValueError without targets or with more than six. Source: Cheson et al., 2014.
    """
    if not 1 <= len(targets) <= MOST_TARGETS:
        raise ValueError("one to six target lesions")
    gap = ("diameters of a target",)
    grown = either(*(_progressed(rules, lesion) for lesion in targets))
    normal = [_normal(rules, lesion) for lesion in targets]
    resolved = False if False in normal else None if None in normal else True
    questions: list[tuple[str, list[Question]]] = [
        ("PD", [("LUGANO.CT.NEW_LESION", new_lesion, ("new_lesion",))]),
        ("PD", [("LUGANO.CT.GROWTH", grown, gap)]),
        (
            "CR",
            [
                ("LUGANO.CT.TARGETS_NORMAL", resolved, gap),
                ("LUGANO.CT.OTHER_SITES", other_sites_normal, ("other_sites_normal",)),
            ],
        ),
        ("PR", [("LUGANO.CT.SPD_FALL", _fallen(rules, targets), gap)]),
        ("SD", [("LUGANO.CT.STABLE", True, ())]),
    ]
    return first_met(Criteria.LUGANO_2014, rules.citation, questions)


def _normal(rules: LuganoRules, lesion: TargetLesion) -> bool | None:
    """A node of at most 1.5 cm, or a lesion outside the nodes that is gone."""
    if lesion.ldi is None:
        return None
    return lesion.ldi <= (rules.complete_node_ldi if lesion.node else Decimal(0))


def _progressed(rules: LuganoRules, lesion: TargetLesion) -> bool | None:
    if lesion.ldi is None or lesion.ppd is None:
        return None
    needed = rules.small_step if lesion.nadir_ldi <= rules.large_from else rules.large_step
    # A lesion that had vanished has no percentage: any return counts as the rise asked for.
    rise = lesion.ppd >= lesion.nadir_ppd * (1 + rules.progression_rise / 100)
    return lesion.ldi > rules.progression_ldi and rise and lesion.ldi - lesion.nadir_ldi >= needed


def _fallen(rules: LuganoRules, targets: Sequence[TargetLesion]) -> bool | None:
    baseline = sum((lesion.baseline_ppd for lesion in targets), Decimal(0))
    now = Decimal(0)
    for lesion in targets:
        if lesion.ppd is None:
            return None
        now += lesion.ppd
    return now <= baseline * (1 - rules.partial_fall / 100)
