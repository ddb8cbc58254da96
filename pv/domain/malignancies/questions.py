"""Which questions of a work-up a person is asked, and why: those whose answer changes something.

Source: domain 3.1 and 3.6.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from pv.domain.malignancies.definition import GUT, Level, MalignancyEvidence, case_level

# Answers the level is derived from; the last two only where the gut is suspected.
OF_LEVEL = (
    "malignant_histology",
    "t_cell_pathology",
    "t_cell_immunophenotype",
    "independent_primary",
    "after_infusion",
    "relapse",
    "reactive",
    "lineage_switch",
)
OF_GUT = ("gut_biopsy", "enterocolitis")
MARKS = ("non_melanoma_skin", "in_situ")
OF_CLASS = ("conflicting",)
FLAGS = ("same_driver_before", "chip_before", "ebv_driven", "prior_genotoxic")
QUESTIONS = (*OF_LEVEL, *OF_GUT, *MARKS, *OF_CLASS, *FLAGS)
_FLAGGED = frozenset({Level.PROBABLE, Level.CONFIRMED_SPM, Level.CONFIRMED_TCM})


class WhyAsked(StrEnum):
    """What an answer changes; ANSWERED: nothing any more, it stays open to correction."""

    LEVEL = "level"
    GUT = "gut"
    MARK = "mark"
    CLASS = "class"
    FLAG = "flag"
    ANSWERED = "answered"


def questions(
    seen: MalignancyEvidence, *, tested: bool, answered: Mapping[str, object]
) -> dict[str, WhyAsked]:
    """The questions to ask, in their order, each with what its answer changes.

    `tested`: material of the event was tested for the transgene. `answered` are the answers given,
    "not known" among them; what was answered stays on the page.
    """
    level = case_level(seen)
    found = {name: why for name, why in _asked(seen, level.level, tested).items() if why}
    needed = {name: WhyAsked.LEVEL for name in level.needed if name in OF_LEVEL}
    given = {name: WhyAsked.ANSWERED for name in QUESTIONS if answered.get(name)}
    reasons = given | found | {k: v for k, v in needed.items() if k not in found}
    return {name: reasons[name] for name in QUESTIONS if name in reasons}


def _asked(
    seen: MalignancyEvidence, level: Level | None, tested: bool
) -> dict[str, WhyAsked | None]:
    open_case = level is not Level.EXCLUDED
    gut = bool(seen.suspicions & GUT)
    asked: dict[str, WhyAsked | None] = {}
    for name in OF_LEVEL:
        asked[name] = WhyAsked.LEVEL if moves(seen, name) else None
    for name in OF_GUT:
        asked[name] = WhyAsked.GUT if gut and (open_case or moves(seen, name)) else None
    cancer = open_case and bool(seen.malignant_histology or seen.t_cell_pathology)
    asked |= dict.fromkeys(MARKS, WhyAsked.MARK if cancer else None)
    asked |= dict.fromkeys(OF_CLASS, WhyAsked.CLASS if tested and open_case else None)
    asked |= dict.fromkeys(FLAGS, WhyAsked.FLAG if level in _FLAGGED else None)
    return asked


def moves(seen: MalignancyEvidence, name: str) -> bool:
    """Whether another answer to one question alone gives another level."""
    levels = set()
    for answer in (True, False, None):
        other: dict[str, Any] = {name: answer}
        levels.add(case_level(replace(seen, **other)).level)
    return len(levels) > 1
