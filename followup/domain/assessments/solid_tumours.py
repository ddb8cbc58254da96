"""Solid-tumour response by RECIST 1.1 from target diameters, other lesions and new lesions.

Source: domain 2 (RECIST 1.1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.assessments.responses import Criteria, Reason, Response


class NonTarget(StrEnum):
    """Lesions that are not measured, taken together."""

    NONE = "NONE"  # there were none at baseline
    COMPLETE = "COMPLETE"
    NON_COMPLETE = "NON_COMPLETE"
    PROGRESSION = "PROGRESSION"
    NOT_EVALUATED = "NOT_EVALUATED"


@dataclass(frozen=True, slots=True)
class RecistRules:
    """Limits, as loaded data; percent and mm."""

    citation: str
    partial_fall: Decimal
    progression_rise: Decimal
    progression_step: Decimal
    node_normal_below: Decimal


@dataclass(frozen=True, slots=True)
class Target:
    """One target: longest diameter, short axis for a node, mm; None = not measured now."""

    node: bool
    baseline: Decimal
    now: Decimal | None


def read_recist_rules(data: Mapping[str, Any]) -> RecistRules:
    """The rules from `response.recist_1_1` of the loaded grading data."""
    return RecistRules(
        data["citation"],
        Decimal(data["partial_fall_percent"]),
        Decimal(data["progression_rise_percent"]),
        Decimal(data["progression_rise_mm"]),
        Decimal(data["node_normal_below_mm"]),
    )


def recist_response(
    rules: RecistRules,
    targets: Sequence[Target],
    *,
    nadir_sum: Decimal,
    non_target: NonTarget | None,
    new_lesion: bool | None,
) -> Response:
    """CR, PR, SD, PD or NE; `nadir_sum` is the smallest sum of diameters so far, baseline included.

    NE is the published answer for a target that was not measured. ValueError without targets.
    Source: Eisenhauer et al., Eur J Cancer 2009, tables 1 and 2.
    """
    if not targets:
        raise ValueError("at least one target lesion")
    total = _sum(targets)
    progressed = total is not None and _grown(rules, total, nadir_sum)
    reasons = [
        Reason("RECIST.NEW_LESION", new_lesion, rules.citation),
        Reason("RECIST.TARGET_GROWTH", progressed if total is not None else None, rules.citation),
        Reason(
            "RECIST.NON_TARGET_PROGRESSION",
            None if non_target is None else non_target is NonTarget.PROGRESSION,
            rules.citation,
        ),
    ]
    if new_lesion or progressed or non_target is NonTarget.PROGRESSION:
        return Response(Criteria.RECIST_1_1, "PD", tuple(reasons), ())
    missing = tuple(
        name
        for name, value in (("new_lesion", new_lesion), ("non_target", non_target))
        if value is None
    )
    if missing or non_target is None:
        return Response(Criteria.RECIST_1_1, None, tuple(reasons), missing)
    code = "NE" if total is None else _without_progression(rules, targets, total, non_target)
    reasons.append(Reason(f"RECIST.{code}", True, rules.citation))
    return Response(Criteria.RECIST_1_1, code, tuple(reasons), ())


def _sum(targets: Sequence[Target]) -> Decimal | None:
    total = Decimal(0)
    for target in targets:
        if target.now is None:
            return None
        total += target.now
    return total


def _grown(rules: RecistRules, total: Decimal, nadir_sum: Decimal) -> bool:
    rise = total - nadir_sum
    relative = total >= nadir_sum * (1 + rules.progression_rise / 100)
    return rise >= rules.progression_step and relative


def _without_progression(
    rules: RecistRules, targets: Sequence[Target], total: Decimal, non_target: NonTarget
) -> str:
    gone = all(
        t.now is not None and (t.now < rules.node_normal_below if t.node else t.now == 0)
        for t in targets
    )
    if gone:
        whole = non_target in {NonTarget.NONE, NonTarget.COMPLETE}
        return "CR" if whole else "PR"
    baseline = sum((t.baseline for t in targets), Decimal(0))
    return "PR" if total <= baseline * (1 - rules.partial_fall / 100) else "SD"
