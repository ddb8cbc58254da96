"""Laboratory values in words: what was written, what is missing, how a grade came about."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.core import clock
from followup.core.naming import localized_name
from followup.domain.laboratory import EVENTS, FindingRule, LaboratoryRules, folded_unit
from followup.domain.laboratory import PasteProblem as Paste

RULES = {
    FindingRule.CYTOPENIA: gettext_lazy("Low blood count after the first weeks"),
    FindingRule.EARLY_NEUTROPENIA: gettext_lazy("Prolonged neutropenia, early (ICAHT)"),
    FindingRule.LATE_NEUTROPENIA: gettext_lazy("Prolonged neutropenia, late (ICAHT)"),
    FindingRule.EARLY_THROMBOCYTOPENIA: gettext_lazy("Prolonged thrombocytopenia, early"),
    FindingRule.LATE_THROMBOCYTOPENIA: gettext_lazy("Prolonged thrombocytopenia, late"),
    FindingRule.B_CELL_APLASIA: gettext_lazy("B-cell aplasia"),
    FindingRule.LOW_IGG: gettext_lazy("Low IgG"),
    FindingRule.LOW_CD4: gettext_lazy("Low CD4 count"),
    FindingRule.VECTOR_POSITIVE: gettext_lazy("1 % of cells or more carry the vector"),
    FindingRule.RCL_POSITIVE: gettext_lazy("Replication-competent virus found"),
}
PASTE = {
    Paste.NO_DAYS: gettext_lazy(
        "No day was found: days in the first row and measures in the first column, or turned."
    ),
    Paste.TOO_LARGE: gettext_lazy("The table is too large: paste at most 400 rows and 60 columns."),
    Paste.UNKNOWN_MEASURE: gettext_lazy("This measure is not known here; its values are left out."),
    Paste.MEASURE_TWICE: gettext_lazy("This measure was read already; these values are left out."),
    Paste.DAY_UNREADABLE: gettext_lazy("This is no day; its values are left out."),
    Paste.DAY_IN_FUTURE: gettext_lazy("This day is still to come; its values are left out."),
    Paste.DAY_TWICE: gettext_lazy("This day was read already; these values are left out."),
}
# What leaves a grade open.
MISSING = {
    "lower_limit": gettext_lazy("lower limit of the reference range"),
    "life_threatening": gettext_lazy("whether it is life-threatening"),
}
SIDES = {
    "LOW": pgettext_lazy("reference range", "below the range"),
    "HIGH": pgettext_lazy("reference range", "above the range"),
}


def shown_value(rules: LaboratoryRules, row: Any) -> str:
    """A value as people read it: in the measure's unit, a bound with its sign, words as words."""
    if row.missing_because:
        return next(
            (localized_name(m) for m in rules.missing if m.code == row.missing_because), "—"
        )
    if row.finding:
        return next(
            (localized_name(f) for f in rules.findings if f.code == row.finding), str(row.finding)
        )
    if row.comparator == "ND":
        return str(_("not detected"))
    if row.comparator == "BLQ":
        return str(_("below quantification"))
    return f"{row.comparator}{plain(row.value)}"


def plain(number: Any) -> str:
    """A number without the zeros the column behind it adds, and never as a power."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_written(row: Any) -> str:
    """What the laboratory wrote, where it is not what is shown."""
    if not row.written or row.missing_because:
        return str(row.written)
    same = row.written == f"{row.comparator}{plain(row.value)}" if row.value is not None else False
    if same and folded_unit(row.unit_written) == folded_unit(row.unit):
        return ""
    return with_unit(row)


def with_unit(row: Any) -> str:
    """A value as written with its unit, which may be in the same text already."""
    written, unit = str(row.written), str(row.unit_written)
    has_unit = folded_unit(written).endswith(folded_unit(unit))
    return written if not unit or has_unit else f"{written} {unit}"


def rule(code: str) -> str:
    """A rule in words."""
    return str(RULES[FindingRule(code)])


def reportable(code: str) -> bool:
    """Whether what a rule found may be an adverse event."""
    return FindingRule(code) in EVENTS


def time_of(at: datetime | None) -> str:
    """The time of a specimen as the hospital's clock showed it; empty when it was not given."""
    return at.astimezone(clock.SHANGHAI).strftime("%H:%M") if at else ""
