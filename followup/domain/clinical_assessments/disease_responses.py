"""Disease response from the answers of one assessment: Lugano, IMWG, NCCN, RECIST.

Source: domain 2.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from followup.domain.assessments import (
    AssessmentRules,
    MetabolicChange,
    MyelomaFindings,
    NonTarget,
    Protein,
    Reason,
    Residual,
    Response,
    Target,
    TargetLesion,
    ct_response,
    imwg_response,
    leukaemia_response,
    pet_response,
    recist_response,
    residual_disease,
)
from followup.domain.clinical_assessments.answers import AnswerProblem, Answers, AnswersRefused
from followup.domain.clinical_assessments.instruments import (
    MOST_LUGANO_TARGETS,
    MOST_RECIST_TARGETS,
    NODE,
    Instrument,
    target,
)

_RESIDUAL = {Residual.NEGATIVE: True, Residual.POSITIVE: False}


def disease_response(instrument: Instrument, rules: AssessmentRules, seen: Answers) -> Response:
    """The response by one set of criteria; AnswersRefused for a target that is half described."""
    return _BY[instrument](rules, seen)


def _pet(rules: AssessmentRules, seen: Answers) -> Response:
    score = seen.written.get("deauville")
    return pet_response(
        rules.lugano,
        deauville=None if score is None else int(score),
        change=seen.one_of("metabolic_change", MetabolicChange),
        new_lesion=seen.yes("new_lesion"),
    )


def _described(
    seen: Answers, most: int, needed: tuple[str, ...], other: tuple[str, ...]
) -> list[int]:
    """The numbers of the targets of which anything was given; all that is needed of each is."""
    problems: dict[str, AnswerProblem] = {}
    numbers = []
    for number in range(1, most + 1):
        names = {name: target(number, name) for name in (*needed, *other)}
        if not any(code in seen.written for code in names.values()):
            continue
        numbers.append(number)
        gaps = [names[name] for name in needed if names[name] not in seen.written]
        problems |= dict.fromkeys(gaps, AnswerProblem.NEEDED)
    if not numbers:
        problems[target(1, "kind")] = AnswerProblem.NO_TARGET
    if problems:
        raise AnswersRefused(problems)
    return numbers


def _ct(rules: AssessmentRules, seen: Answers) -> Response:
    needed = ("kind", "baseline_ppd", "nadir_ldi", "nadir_ppd")
    targets, problems = [], {}
    for n in _described(seen, MOST_LUGANO_TARGETS, needed, ("ldi", "ppd")):
        baseline, nadir = _length(seen, n, "baseline_ppd"), _length(seen, n, "nadir_ppd")
        if nadir > baseline:
            problems[target(n, "nadir_ppd")] = AnswerProblem.BELOW_NADIR
        targets.append(
            TargetLesion(
                node=seen.written[target(n, "kind")] == NODE,
                ldi=seen.number(target(n, "ldi")),
                ppd=seen.number(target(n, "ppd")),
                baseline_ppd=baseline,
                nadir_ppd=nadir,
                nadir_ldi=_length(seen, n, "nadir_ldi"),
            )
        )
    if problems:
        raise AnswersRefused(problems)
    return ct_response(
        rules.lugano,
        targets,
        new_lesion=seen.yes("new_lesion"),
        other_sites_normal=seen.yes("other_sites_normal"),
    )


def _length(seen: Answers, number: int, name: str) -> Decimal:
    return seen.numbers[target(number, name)]


def _recist(rules: AssessmentRules, seen: Answers) -> Response:
    numbers = _described(seen, MOST_RECIST_TARGETS, ("kind", "baseline"), ("now",))
    targets = [
        Target(
            node=seen.written[target(n, "kind")] == NODE,
            baseline=_length(seen, n, "baseline"),
            now=seen.number(target(n, "now")),
        )
        for n in numbers
    ]
    nadir = seen.number("nadir_sum")
    if nadir is None:
        raise AnswersRefused({"nadir_sum": AnswerProblem.NEEDED})
    if nadir > sum(one.baseline for one in targets):
        raise AnswersRefused({"nadir_sum": AnswerProblem.BELOW_NADIR})
    return recist_response(
        rules.recist,
        targets,
        nadir_sum=nadir,
        non_target=seen.one_of("non_target", NonTarget),
        new_lesion=seen.yes("new_lesion"),
    )


def _protein(seen: Answers, name: str) -> Protein:
    return Protein(*(seen.quantity(f"{name}_{time}") for time in ("baseline", "nadir", "now")))


def _imwg(rules: AssessmentRules, seen: Answers) -> Response:
    chains = seen.yes("light_chain_disease")
    if chains is None:
        raise AnswersRefused({"light_chain_disease": AnswerProblem.NEEDED})
    return imwg_response(
        rules.imwg,
        MyelomaFindings(
            serum=_protein(seen, "serum"),
            urine=_protein(seen, "urine"),
            urine_measurable=seen.yes("urine_measurable"),
            light_chain_disease=chains,
            light_chain_difference=_protein(seen, "light_chains"),
            serum_ifx_negative=seen.yes("serum_ifx_negative"),
            urine_ifx_negative=seen.yes("urine_ifx_negative"),
            light_chain_ratio_normal=seen.yes("light_chain_ratio_normal"),
            plasmacytoma=seen.yes("plasmacytoma"),
            marrow_plasma_cells=seen.quantity("marrow_plasma_cells"),
            clonal_plasma_cells=seen.yes("clonal_plasma_cells"),
            new_lesion=seen.yes("new_lesion"),
        ),
    )


def _b_all(rules: AssessmentRules, seen: Answers) -> Response:
    """The response, and residual disease as a rule of its own that changes no code."""
    found = leukaemia_response(
        rules.leukaemia,
        marrow_blasts=seen.quantity("marrow_blasts"),
        extramedullary=seen.yes("extramedullary"),
        anc=seen.quantity("anc"),
        platelets=seen.quantity("platelets"),
        earlier_remission=seen.yes("earlier_remission"),
    )
    residual = residual_disease(rules.leukaemia.mrd_below, seen.quantity("mrd"))
    if residual is Residual.NOT_DONE:
        return found
    reason = Reason("B_ALL.MRD_NEGATIVE", _RESIDUAL.get(residual), rules.leukaemia.citation)
    return replace(found, reasons=(*found.reasons, reason))


_BY: dict[Instrument, Callable[[AssessmentRules, Answers], Response]] = {
    Instrument.LUGANO_PET: _pet,
    Instrument.LUGANO_CT: _ct,
    Instrument.IMWG: _imwg,
    Instrument.B_ALL: _b_all,
    Instrument.RECIST: _recist,
}
