"""What a new laboratory value says in long-term follow-up: grades, and what to keep an eye on.

The product's own rules over CTCAE grades and the limits cited in `laboratory.json`.
"""

from collections.abc import Sequence
from datetime import date

from followup.domain.assessments.markers import (
    Answer,
    Flag,
    b_cell_aplasia,
    hypogammaglobulinaemia,
    low_cd4,
    vector_positive,
)
from followup.domain.assessments.quantities import Quantity
from followup.domain.laboratory.haematotoxicity_course import CountingEnd, haematotoxicity
from followup.domain.laboratory.points import (
    COUNTED,
    Finding,
    FindingRule,
    Point,
    Rules,
    grade_of,
    graded,
)


def assess(
    rules: Rules, new: Point, series: Sequence[Point], ends: Sequence[CountingEnd] = ()
) -> tuple[Finding, ...]:
    """What the new value says, seen in the series of the same infusion (itself included).

    `ends` is what ends the counting of days after that infusion. Scales and limits are reference
    data (grading, laboratory), each with its citation.
    """
    found = [_cytopenia(rules, new), *haematotoxicity(rules, new, series, ends)]
    found += [_marker(rules, new, series), _virus(rules, new)]
    return tuple(finding for finding in found if finding is not None)


def _cytopenia(rules: Rules, new: Point) -> Finding | None:
    """A single count of the grade the rules name or worse, once the first weeks are over."""
    least = rules.laboratory.ctcae_from.get(new.measure)
    grade = grade_of(rules, new)
    if least is None or grade is None or new.day <= rules.laboratory.after_day:
        return None
    if grade.at_least < least:
        return None
    return graded(FindingRule.CYTOPENIA, new.measure, grade)


def _same_day(series: Sequence[Point], new: Point, measure: str) -> Quantity | None:
    values = [p.quantity for p in series if p.measure == measure and p.on == new.on and p.quantity]
    return values[-1] if values else None


def flag_of(rules: Rules, new: Point, series: Sequence[Point]) -> tuple[FindingRule, Flag] | None:
    """The marker a measure is looked at for, with its answer; None for any other measure.

    Whether immunoglobulins were replaced is not known of a value that came from a laboratory: a
    low value is low either way, a normal one answers nothing.
    """
    value = new.quantity
    if new.day < 0:
        return None
    if new.measure == "cd19":
        return FindingRule.B_CELL_APLASIA, b_cell_aplasia(rules.markers, value)
    if new.measure == "cd19_percent":
        count = _same_day(series, new, "cd19")
        return FindingRule.B_CELL_APLASIA, b_cell_aplasia(rules.markers, count, value)
    if new.measure == "igg":
        return FindingRule.LOW_IGG, hypogammaglobulinaemia(rules.markers, value, None)
    if new.measure == "cd4":
        return FindingRule.LOW_CD4, low_cd4(rules.markers, value)
    if new.measure in ("car_transgene", "vcn", "vector_positive"):
        return FindingRule.VECTOR_POSITIVE, _vector(rules, new, series)
    return None


def _vector(rules: Rules, new: Point, series: Sequence[Point]) -> Flag:
    copies = _same_day(series, new, "car_transgene")
    share = _same_day(series, new, "vector_positive")
    number = _same_day(series, new, "vcn")
    exact = number.value if number is not None and number.relation.value == "=" else None
    return vector_positive(
        rules.markers,
        copies_per_ug=copies,
        vcn=exact if exact is not None and exact >= 1 else None,
        percent_positive=share,
    )


def _marker(rules: Rules, new: Point, series: Sequence[Point]) -> Finding | None:
    judged = flag_of(rules, new, series)
    if judged is None:
        return None
    rule, flag = judged
    # Passed at one copy per cell and the copies not known: the share is open, and is looked after.
    opened = (
        rule is FindingRule.VECTOR_POSITIVE
        and flag.answer is Answer.UNKNOWN
        and flag.missing == ("vcn",)
    )
    if flag.answer is not Answer.YES and not opened:
        return None
    words = ", ".join(f"{name} = {value}" for name, value in flag.inputs)
    due = rules.laboratory.analysis_days if rule is FindingRule.VECTOR_POSITIVE else None
    citation = rules.laboratory.analysis_citation if due else flag.citation
    reasoning = (f"{flag.rule}: {words} → {flag.answer.value}",)
    return Finding(rule, new.measure, 1, "", None, reasoning, citation, due)


def _virus(rules: Rules, new: Point) -> Finding | None:
    if new.measure != "rcl" or new.finding != "POSITIVE" or new.day < 0:
        return None
    reasoning = ("RCL: finding = POSITIVE",)
    citation = rules.laboratory.rcl_citation
    return Finding(FindingRule.RCL_POSITIVE, new.measure, 1, "", None, reasoning, citation, 0)


def ends_episode(rules: Rules, rule: FindingRule, level: int, point: Point) -> bool:
    """Whether this value says that what the rule found is over, or was less than `level`."""
    if rule is FindingRule.CYTOPENIA:
        grade = grade_of(rules, point)
        return grade is not None and grade.grade is not None and grade.grade < level
    if rule in COUNTED:
        return False  # days and time points add up over the whole window
    if rule is FindingRule.RCL_POSITIVE:
        return point.finding == "NEGATIVE"
    if rule is FindingRule.LOW_IGG:  # at or over the limit ends it, replaced or not
        return point.quantity is not None and (
            point.quantity.below(rules.markers.igg_below) is False
        )
    judged = flag_of(rules, point, (point,))
    return judged is not None and judged[1].answer is Answer.NO


def is_new(
    rules: Rules,
    finding: Finding,
    new: Point,
    earlier: Sequence[tuple[int, date]],
    series: Sequence[Point],
) -> bool:
    """Whether a finding opens an episode of its own, given the (level, day) of those before.

    The same low value week after week is one episode: a further item comes when it is worse, or
    when a value in between had ended it.
    """
    for level, on in earlier:
        if level < finding.level:
            continue
        first, last = sorted((on, new.on))
        between = [p for p in series if p.measure == finding.measure and first < p.on < last]
        if not any(ends_episode(rules, finding.rule, finding.level, p) for p in between):
            return False
    return True
