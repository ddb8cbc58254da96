"""Level of a malignancy case from the evidence: suspected, probable, confirmed, excluded.

Source: domain 3.1.
"""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Levels of the case definition; the clock starts at SUSPECTED."""

    SUSPECTED = "SUSPECTED"
    PROBABLE = "PROBABLE"
    CONFIRMED_SPM = "CONFIRMED_SPM"
    CONFIRMED_TCM = "CONFIRMED_TCM"
    EXCLUDED = "EXCLUDED"


class Suspicion(StrEnum):
    """Findings that raise the suspicion."""

    LYMPHADENOPATHY = "LYMPHADENOPATHY"
    SKIN_OR_GI_LESION = "SKIN_OR_GI_LESION"
    CLONAL_T_EXPANSION = "CLONAL_T_EXPANSION"
    LATE_RISE_OF_CAR_COPIES = "LATE_RISE_OF_CAR_COPIES"
    CYTOPENIA_WITH_T_INFILTRATE = "CYTOPENIA_WITH_T_INFILTRATE"
    ENTEROCOLITIS = "ENTEROCOLITIS"
    GUT_T_CELL_LYMPHOMA = "GUT_T_CELL_LYMPHOMA"
    REPORTED_DIAGNOSIS = "REPORTED_DIAGNOSIS"


# Immune effector cell-associated enterocolitis that does not respond can be a lymphoma of the gut:
# only a biopsy tells (FDA boxed warning of ciltacabtagene, October 2025).
GUT = frozenset({Suspicion.ENTEROCOLITIS, Suspicion.GUT_T_CELL_LYMPHOMA})


@dataclass(frozen=True, slots=True, kw_only=True)
class MalignancyEvidence:
    """What is known; None = not known. `suspicions` are the findings present.

    `gut_biopsy`: a biopsy of the gut was taken and read; `enterocolitis`: the diagnosis is IEC-EC.
    `t_cell_pathology`: a pathology report names a T- or NK-cell neoplasm. `tcr_clonal` is the
    result of the TCR work, None while it is not available.
    """

    suspicions: frozenset[Suspicion]
    after_infusion: bool | None
    malignant_histology: bool | None
    t_cell_pathology: bool | None
    t_cell_immunophenotype: bool | None
    tcr_clonal: bool | None
    independent_primary: bool | None
    reactive: bool | None
    relapse: bool | None
    lineage_switch: bool | None
    non_melanoma_skin: bool | None
    in_situ: bool | None
    gut_biopsy: bool | None = None
    enterocolitis: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseLevel:
    """The level with the rule that gave it, and what the next level would need.

    `t_cell` says whether a T-cell neoplasm is reported; `often_excluded` marks skin cancer other
    than melanoma and carcinoma in situ, which many published cohorts leave out.
    """

    level: Level | None
    rule: str
    needed: tuple[str, ...]
    t_cell: bool | None
    often_excluded: bool | None


def case_level(seen: MalignancyEvidence) -> CaseLevel:
    """The highest level the evidence reaches; None without any evidence (domain 3.1, a proposal).

    A T-cell neoplasm is confirmed by histology, immunophenotype and TCR clonality together, and is
    PROBABLE until the molecular work is there. Any other new cancer is confirmed by histology as
    an independent primary. What is not known never excludes and never confirms.
    """
    for name in ("reactive", "relapse", "lineage_switch"):
        if getattr(seen, name):
            return _level(seen, Level.EXCLUDED, f"SPM.{name.upper()}")
    if seen.after_infusion is False:
        return _level(seen, Level.EXCLUDED, "SPM.BEFORE_INFUSION")
    if seen.independent_primary is False:
        return _level(seen, Level.EXCLUDED, "SPM.NOT_INDEPENDENT")
    if seen.t_cell_pathology:
        return _t_cell(seen)
    if seen.enterocolitis and seen.gut_biopsy and seen.t_cell_pathology is False:
        return _level(seen, Level.EXCLUDED, "SPM.ENTEROCOLITIS")
    if seen.malignant_histology:
        if seen.independent_primary and seen.after_infusion:
            return _level(seen, Level.CONFIRMED_SPM, "SPM.INDEPENDENT_PRIMARY")
        names = ("independent_primary", "after_infusion")
        needed = tuple(name for name in names if getattr(seen, name) is None)
        return _level(seen, Level.SUSPECTED, "SPM.HISTOLOGY", needed)
    if seen.suspicions:
        needed = ("malignant_histology",) if seen.malignant_histology is None else ()
        if seen.suspicions & GUT:
            names = ("gut_biopsy", "t_cell_pathology")
            needed += tuple(name for name in names if getattr(seen, name) is None)
        return _level(seen, Level.SUSPECTED, "SPM.SUSPICION", needed)
    return _level(seen, None, "SPM.NO_EVIDENCE", ("suspicions", "malignant_histology"))


def _t_cell(seen: MalignancyEvidence) -> CaseLevel:
    names = ("t_cell_immunophenotype", "tcr_clonal")
    needed = tuple(name for name in names if getattr(seen, name) is None)
    if seen.after_infusion is None:
        needed += ("after_infusion",)
    if seen.t_cell_immunophenotype and seen.tcr_clonal and seen.after_infusion:
        return _level(seen, Level.CONFIRMED_TCM, "TCM.HISTOLOGY_PHENOTYPE_CLONALITY")
    complete = not needed
    if complete and seen.independent_primary and seen.malignant_histology:
        # The molecular work is there and does not show a T-cell clone.
        return _level(seen, Level.CONFIRMED_SPM, "SPM.INDEPENDENT_PRIMARY")
    return _level(seen, Level.PROBABLE, "TCM.PATHOLOGY", needed)


def _level(
    seen: MalignancyEvidence, level: Level | None, rule: str, needed: tuple[str, ...] = ()
) -> CaseLevel:
    marks = (seen.non_melanoma_skin, seen.in_situ)
    often_excluded = True if True in marks else None if None in marks else False
    return CaseLevel(level, rule, needed, seen.t_cell_pathology, often_excluded)
