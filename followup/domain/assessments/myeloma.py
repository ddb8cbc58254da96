"""Myeloma response by the IMWG 2016 criteria from M protein, light chains and marrow.

Source: domain 2 (IMWG 2016).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.assessments.responses import (
    Criteria,
    Question,
    Response,
    both,
    either,
    first_met,
)


@dataclass(frozen=True, slots=True)
class ImwgRules:
    """Limits by name, as loaded data; serum in g/L, urine in mg/24 h, light chains in mg/L."""

    citation: str
    limits: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Protein:
    """One M protein: at baseline, the lowest so far, and now. None = not measured.

    A protein no longer seen on electrophoresis is a quantity below its limit, never zero.
    """

    baseline: Quantity | None
    nadir: Quantity | None
    now: Quantity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MyelomaFindings:
    """Findings of one assessment; None = not known. `urine_measurable` is about baseline.

    `light_chain_difference` is assessed for progression only, and only where serum and urine were
    not measurable: leave it None otherwise (`light_chain_disease` False).
    """

    serum: Protein
    urine: Protein
    urine_measurable: bool | None
    light_chain_disease: bool
    light_chain_difference: Protein
    serum_ifx_negative: bool | None
    urine_ifx_negative: bool | None
    light_chain_ratio_normal: bool | None
    plasmacytoma: bool | None
    marrow_plasma_cells: Quantity | None  # percent
    clonal_plasma_cells: bool | None
    new_lesion: bool | None


def read_imwg_rules(data: Mapping[str, Any]) -> ImwgRules:
    """The rules from `response.imwg_2016` of the loaded grading data."""
    names = [name for name in data if name not in {"citation", "confidence"}]
    return ImwgRules(data["citation"], {name: Decimal(data[name]) for name in names})


def imwg_response(rules: ImwgRules, seen: MyelomaFindings) -> Response:
    """sCR, CR, VGPR, PR, MR, SD or PD; None while an open finding could change it.

    Progression overrides; then the deepest response whose every condition is met. Confirmation by
    a second assessment is the caller's. Source: Kumar et al., Lancet Oncol 2016.
    """
    limits = rules.limits
    cells = seen.marrow_plasma_cells
    few = None if cells is None else cells.below(limits["plasma_cells_below_percent"])
    no_mass = None if seen.plasmacytoma is None else not seen.plasmacytoma
    complete: list[Question] = [
        ("IMWG.IFX_SERUM_NEGATIVE", seen.serum_ifx_negative, ("serum_ifx_negative",)),
        ("IMWG.IFX_URINE_NEGATIVE", seen.urine_ifx_negative, ("urine_ifx_negative",)),
        ("IMWG.NO_PLASMACYTOMA", no_mass, ("plasmacytoma",)),
        ("IMWG.PLASMA_CELLS", few, ("marrow_plasma_cells",)),
    ]
    no_clone = None if seen.clonal_plasma_cells is None else not seen.clonal_plasma_cells
    stringent: list[Question] = [
        *complete,
        ("IMWG.FLC_RATIO", seen.light_chain_ratio_normal, ("light_chain_ratio_normal",)),
        ("IMWG.NO_CLONAL_CELLS", no_clone, ("clonal_plasma_cells",)),
    ]
    m_protein = ("serum M protein", "urine M protein")
    questions: list[tuple[str, list[Question]]] = [
        ("PD", [("IMWG.PROGRESSION", _progressed(limits, seen), ("new_lesion", *m_protein))]),
        ("sCR", stringent),
        ("CR", complete),
        ("VGPR", [("IMWG.VGPR", _very_good(limits, seen), m_protein)]),
        ("PR", [("IMWG.PR", _partial(limits, seen), m_protein)]),
        ("MR", [("IMWG.MR", _minimal(limits, seen), m_protein)]),
        ("SD", [("IMWG.STABLE", True, ())]),
    ]
    return first_met(Criteria.IMWG_2016, rules.citation, questions)


def _fall(protein: Protein, percent: Decimal) -> bool | None:
    """Whether the protein fell by at least `percent` of an exactly known baseline."""
    base = protein.baseline
    if base is None or base.value is None or base.relation is not Relation.EQUAL:
        return None
    if protein.now is None:
        return None
    return protein.now.at_most(base.value * (1 - percent / 100))


def _undetected(protein: Protein) -> bool | None:
    return None if protein.now is None else protein.now.relation is Relation.BELOW


def _rise(protein: Protein, percent: Decimal, step: Decimal) -> bool | None:
    """Whether the protein rose by `percent` of the nadir and by at least `step`."""
    if protein.nadir is None or protein.now is None:
        return None
    if protein.now.relation is Relation.BELOW:
        return False if protein.now.value is None or protein.now.value <= step else None
    low = protein.nadir.value
    if low is None:
        return None
    if protein.nadir.relation is Relation.BELOW:  # nadir somewhere in 0..low
        least = protein.now.at_least(max(low * (1 + percent / 100), low + step))
        most = protein.now.at_least(step)
        return True if least else False if most is False else None
    return protein.now.at_least(max(low * (1 + percent / 100), low + step))


def _progressed(limits: Mapping[str, Decimal], seen: MyelomaFindings) -> bool | None:
    percent = limits["pd_rise_percent"]
    nadir = seen.serum.nadir
    high = None if nadir is None else nadir.at_least(limits["pd_nadir_high_g_l"])
    step = limits["pd_serum_high_g_l"] if high else limits["pd_serum_g_l"]
    serum = _rise(seen.serum, percent, step)
    urine = _rise(seen.urine, percent, limits["pd_urine_mg"])
    chains: bool | None = False
    if seen.light_chain_disease:
        chains = _rise(seen.light_chain_difference, percent, limits["pd_dflc_mg_l"])
    return either(seen.new_lesion, serum, urine, chains)


def _very_good(limits: Mapping[str, Decimal], seen: MyelomaFindings) -> bool | None:
    unseen = both(_undetected(seen.serum), _undetected(seen.urine))
    now = seen.urine.now
    little = None if now is None else now.below(limits["vgpr_urine_below_mg"])
    return either(unseen, both(_fall(seen.serum, limits["vgpr_serum_fall_percent"]), little))


def _partial(limits: Mapping[str, Decimal], seen: MyelomaFindings) -> bool | None:
    now = seen.urine.now
    little = None if now is None else now.below(limits["pr_urine_below_mg"])
    urine = either(_urine_fall(seen, limits["pr_urine_fall_percent"]), little)
    return both(_fall(seen.serum, limits["pr_serum_fall_percent"]), urine)


def _minimal(limits: Mapping[str, Decimal], seen: MyelomaFindings) -> bool | None:
    serum = _fall(seen.serum, limits["mr_serum_fall_percent"])
    return both(serum, _urine_fall(seen, limits["mr_urine_fall_percent"]))


def _urine_fall(seen: MyelomaFindings, percent: Decimal) -> bool | None:
    """The fall in urine; met by definition where no measurable urine protein was there."""
    if seen.urine_measurable is None:
        return None
    return True if not seen.urine_measurable else _fall(seen.urine, percent)
