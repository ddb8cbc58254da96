"""Reading a laboratory's report: its codes against the loaded list, its lines into details."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.domain.samples import (
    UPPER,
    AssayRules,
    Comparator,
    DetailError,
    DetailProblem,
    Reported,
    read_markers,
    read_reported,
    read_sites,
    read_variants,
    unit_fits,
)

T = TypeVar("T", bound=Any)

DECIMALS, DIGITS = 6, 14
_LINES: dict[DetailProblem, str | Promise] = {
    DetailProblem.COLUMNS: gettext_lazy("Line %(line)s: the columns do not fit the example."),
    DetailProblem.PLACE: gettext_lazy("Line %(line)s: enter the place as chr17:7675000."),
    DetailProblem.STRAND: gettext_lazy("Line %(line)s: the strand is + or -."),
    DetailProblem.PERCENT: gettext_lazy("Line %(line)s: the share is a percentage above 0."),
    DetailProblem.DISTANCE: gettext_lazy("Line %(line)s: the distance is a whole number."),
    DetailProblem.MARKER: gettext_lazy("Enter markers with their sign, such as CD3+ CD8-."),
    DetailProblem.TOO_MANY: gettext_lazy("These are too many lines; keep the largest ones."),
}


def code_problems(rules: AssayRules, given: Any) -> dict[str, Any]:
    """What the list of assays does not know, and what every report must say; by field."""
    problems: dict[str, Any] = {}
    assay = rules.assay(given.assay)
    if assay is None:
        return {"assay": _("Choose the assay.")}
    if assay.finding(given.finding) is None:
        problems["finding"] = _("Choose what was found.")
    if given.method and given.method not in assay.methods:
        problems["method"] = _("This method does not belong to the assay.")
    if given.measure and assay.measure(given.measure) is None:
        problems["measure"] = _("This assay does not report that number.")
    if not given.laboratory.strip():
        problems["laboratory"] = _("Which laboratory tested it?")
    if given.final is None:
        problems["final"] = _("Is the report preliminary or final?")
    return problems | _number_problems(given)


def number(rules: AssayRules, given: T) -> tuple[T, dict[str, Any]]:
    """The input with comparator, value and limits as the written number says, and what is wrong.

    "<50" is never the number 50: it is "below quantification" with the limit 50.
    """
    text = given.reported.strip()
    if not text:
        return given, {}
    try:
        read = read_reported(text)
    except ValueError:
        return given, {"value": _("Enter the number as reported: 6.5, <50, >10^6 or not detected.")}
    assay = rules.assay(given.assay)
    measure = assay.measure(given.measure) if assay else None
    if measure is not None and not unit_fits(read.unit, measure.unit):
        return given, {
            "value": _("The unit typed is not %(unit)s: choose what the number measures.")
            % {"unit": measure.unit}
        }
    return _bounded(given, read)


def _bounded(given: T, read: Reported) -> tuple[T, dict[str, Any]]:
    meaning, known = read.comparator, given.lower_limit
    if meaning in UPPER:
        if known is not None and known != read.number:
            return given, {"lower_limit": _("This limit differs from the one in the number.")}
        return replace(
            given,
            comparator=meaning,
            value=None,
            below_quantification=True,
            lower_limit=read.number,
        ), {}
    if meaning is Comparator.NOT_QUANTIFIABLE:
        return replace(given, comparator=meaning, value=None, below_quantification=True), {}
    if meaning is Comparator.NOT_DETECTED:
        problems = {}
        if given.finding == "POSITIVE":
            problems["finding"] = _("Not detected and positive contradict each other.")
        if given.below_quantification:
            problems["below_quantification"] = _(
                "Not detected is no number below quantification: clear the tick."
            )
        return replace(given, comparator=meaning, value=None), problems
    return replace(given, comparator=meaning, value=read.number), {}


def _number_problems(given: Any) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    for name in ("value", "lower_limit", "detection_limit", "tumour_content"):
        number = getattr(given, name)
        if number is not None and not _fits(number):
            problems[name] = _("Enter a number with at most six decimals.")
    content = given.tumour_content
    if content is not None and "tumour_content" not in problems and not 0 <= content <= 100:
        problems["tumour_content"] = _("A percentage lies between 0 and 100.")
    return problems


def _fits(number: Decimal) -> bool:
    if not number.is_finite():
        return False
    exponent = number.normalize().as_tuple().exponent
    return isinstance(exponent, int) and -exponent <= DECIMALS and number.adjusted() < DIGITS


def details(given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The lines of the report as plain data, and by field what could not be read."""
    readers: Mapping[str, Callable[[str], Any]] = {
        "sites": lambda text: [_plain(asdict(row)) for row in read_sites(text)],
        "variants": lambda text: [_plain(asdict(row)) for row in read_variants(text)],
        "markers": lambda text: dict(read_markers(text)),
    }
    found: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for name, read in readers.items():
        text = getattr(given, name)
        if not text.strip():
            continue
        try:
            found[name] = read(text)
        except DetailError as error:
            problems[name] = str(_LINES[error.code]) % {"line": error.line}
    return found, problems


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Numbers as text, so that JSON keeps every digit."""
    return {key: str(v) if isinstance(v, Decimal) else v for key, v in row.items()}
