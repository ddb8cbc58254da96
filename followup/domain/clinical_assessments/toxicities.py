"""Toxicity graded from the answers of one assessment: CRS, ICANS, IEC-HS, two items of CTCAE.

Source: domain 2.
"""

from collections.abc import Sequence

from followup.domain.clinical_assessments.answers import AnswerProblem, Answers, AnswersRefused
from followup.domain.clinical_assessments.delirium import capd_points, check_score_for_age
from followup.domain.clinical_assessments.instruments import (
    ICE_NAMING,
    ICE_ORIENTATION,
    Instrument,
)
from followup.domain.grading import (
    Consciousness,
    CrsFindings,
    CtcaeCrs,
    Grade,
    GradingRules,
    IcansFindings,
    IceAnswers,
    IecHsFindings,
    IecHsSeverity,
    MalignancyCourse,
    Motor,
    Oxygen,
    Pressure,
    Seizure,
    crs,
    ctcae_crs_grade,
    icans,
    ice_score,
    iec_hs,
    iec_hs_definition,
    second_malignancy_grade,
)


def toxicity(
    instrument: Instrument, rules: GradingRules, seen: Answers, ages: tuple[int, int] | None
) -> Grade:
    """The grade of a toxicity scale. `ages` are the two ages in completed years a year of birth
    allows on the day; None when it is not known.

    AnswersRefused when the age that was typed is none of them.
    """
    if instrument is Instrument.CRS:
        return crs(rules.crs, _crs(seen))
    if instrument is Instrument.ICANS:
        return icans(rules.icans, _icans(rules, seen, ages))
    if instrument is Instrument.IEC_HS:
        definition = iec_hs_definition(rules.iec_hs, _iec_hs(seen))
        return iec_hs(rules.iec_hs, definition, seen.one_of("severity", IecHsSeverity))
    if instrument is Instrument.CTCAE_CRS:
        return ctcae_crs_grade(rules.ctcae, seen.one_of("ctcae_crs", CtcaeCrs))
    course = seen.one_of("malignancy_course", MalignancyCourse)
    return second_malignancy_grade(rules.ctcae, course)


def _crs(seen: Answers) -> CrsFindings:
    return CrsFindings(
        temperature=seen.number("temperature"),
        fever_other_cause=seen.yes("fever_other_cause"),
        treated=seen.yes("treated"),
        fever_earlier=seen.yes("fever_earlier"),
        hypotension=seen.yes("hypotension"),
        vasopressors=seen.whole("vasopressors"),
        vasopressin=seen.yes("vasopressin"),
        oxygen=seen.one_of("oxygen", Oxygen),
        flow=seen.number("flow"),
        death_due_to_crs=seen.yes("death_due_to_crs"),
    )


def _points(seen: Answers, codes: Sequence[str]) -> int | None:
    """Points of some items of the ICE test; None when one of them was not tested."""
    answers = [seen.yes(code) for code in codes]
    return None if None in answers else sum(answer is True for answer in answers)


def ice_points(rules: GradingRules, seen: Answers) -> int | None:
    """The ICE score of the ten items, 0 to 10; None when one was not tested."""
    return ice_score(
        rules.icans,
        IceAnswers(
            orientation=_points(seen, ICE_ORIENTATION),
            naming=_points(seen, ICE_NAMING),
            command=_points(seen, ("ice_command",)),
            writing=_points(seen, ("ice_writing",)),
            counting=_points(seen, ("ice_counting",)),
        ),
    )


def _icans(rules: GradingRules, seen: Answers, ages: tuple[int, int] | None) -> IcansFindings:
    child_below = rules.icans.child_below_age
    age = _age(child_below, seen.whole("age"), ages)
    check_score_for_age(seen, age, child_below)
    return IcansFindings(
        age=age,
        ice=ice_points(rules, seen),
        capd=capd_points(seen),
        consciousness=seen.one_of("consciousness", Consciousness),
        seizure=seen.one_of("seizure", Seizure),
        motor=seen.one_of("motor", Motor),
        pressure=seen.one_of("pressure", Pressure),
        other_cause=seen.yes("other_cause"),
        death_due_to_icans=seen.yes("death_due_to_icans"),
    )


def _age(child_below: int, typed: int | None, ages: tuple[int, int] | None) -> int | None:
    """The age to grade by; None while the year of birth leaves open whether it is a child's."""
    if typed is not None:
        if ages is not None and not ages[0] <= typed <= ages[1]:
            raise AnswersRefused({"age": AnswerProblem.AGE_DIFFERS})
        return typed
    if ages is None or (ages[0] < child_below) != (ages[1] < child_below):
        return None
    return ages[1]


def _iec_hs(seen: Answers) -> IecHsFindings:
    return IecHsFindings(
        ferritin=seen.quantity("ferritin"),
        ferritin_uln=seen.number("ferritin_uln"),
        ferritin_baseline=seen.number("ferritin_baseline"),
        ferritin_rapidly_rising=seen.yes("ferritin_rapidly_rising"),
        transaminases_times=seen.number("transaminases_times"),
        fibrinogen=seen.quantity("fibrinogen"),
        fibrinogen_lln=seen.number("fibrinogen_lln"),
        haemophagocytosis=seen.yes("haemophagocytosis"),
        cytopenia_grade_4=seen.yes("cytopenia_grade_4"),
        triglycerides=seen.quantity("triglycerides"),
        other=seen.several("other"),
        explained_otherwise=seen.yes("explained_otherwise"),
    )
