"""Figures in words and rows: the finding of a figure, its table as an analysis plan lists it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followup.core.pdf import Picture
from pv.domain.cohorts.cells import masked, masked_row
from pv.domain.cohorts.summaries import Summary
from pv.domain.cohorts.times import Endpoint


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; `numeric` are the places of columns with figures."""

    name: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it is called, what it found, the picture (None: nothing to draw), the
    tables behind it and the conventions it rests on."""

    key: str
    name: str
    finding: str
    picture: Picture | None = None
    tables: Sequence[Table] = ()
    notes: Sequence[str] = field(default_factory=list)


def percent(value: float | None, digits: int = 1) -> str:
    """A share as per cent; a dash for what is not known."""
    return "–" if value is None else f"{100 * value:.{digits}f}%"


def number(value: float | None, digits: int = 1) -> str:
    """A number; a dash for what is not known."""
    return "–" if value is None else f"{value:.{digits}f}"


def limits(low: float | None, high: float | None) -> str:
    """Both ends of a 95 % interval as per cent."""
    return "–" if low is None or high is None else f"{percent(low)} – {percent(high)}"


def endpoint_name(endpoint: Endpoint) -> str:
    """What a curve is called."""
    return {
        Endpoint.DEATH: _("Overall survival (Kaplan–Meier)"),
        Endpoint.PROGRESSION: _("Survival without relapse or progression (Kaplan–Meier)"),
        Endpoint.MALIGNANCY: _("Second malignancy: cumulative incidence, death competing"),
    }[endpoint]


def finding(summary: Summary) -> str:
    """One sentence: the estimate at the last time shown that somebody reached."""
    known = [mark for mark in summary.landmarks if mark.estimate is not None]
    if not known:
        return _("No patient was followed for a month.")
    mark = next((m for m in reversed(known) if m.months <= 12), known[0])
    told = {
        "months": mark.months,
        "share": percent(mark.estimate),
        "limits": limits(mark.low, mark.high),
        "events": summary.events,
        "patients": summary.patients,
    }
    if summary.endpoint is Endpoint.DEATH:
        return (
            _(
                "%(share)s were alive %(months)s months after infusion (95%% CI %(limits)s); "
                "%(events)s of %(patients)s patients died."
            )
            % told
        )
    if summary.endpoint is Endpoint.PROGRESSION:
        return (
            _(
                "%(share)s were alive without relapse %(months)s months after infusion "
                "(95%% CI %(limits)s); %(events)s of %(patients)s relapsed or died."
            )
            % told
        )
    return (
        _(
            "%(share)s had a second malignancy by %(months)s months after infusion "
            "(95%% CI %(limits)s); %(events)s of %(patients)s patients."
        )
        % told
    )


def curve_tables(summary: Summary, least: int) -> list[Table]:
    """The figures of a curve in the order of an analysis plan, then the curve at fixed times."""
    parts = [summary.events, summary.competing, summary.censored]
    events, competing, censored = masked_row(parts, least)
    share = f" ({percent(summary.events / summary.patients)})"
    rows = [
        [_("Patients"), str(summary.patients)],
        [_("With the event"), events + (share if events == str(summary.events) else "")],
    ]
    if summary.endpoint is Endpoint.MALIGNANCY:
        rows.append([_("Died without it (competing)"), competing])
    rows += [
        [_("Censored at the last contact"), censored],
        [_("Median, months (95% CI)"), _median(summary)],
        [_("Events dated in part"), str(summary.partial)],
    ]
    if summary.before:
        rows.append([_("Before the infusion, left out"), str(summary.before)])
    if summary.range_at:
        first, last = summary.range_at
        text = _("Estimate at %(months)s months with partial dates at their first or last day")
        rows.append(
            [text % {"months": summary.range_months}, f"{percent(first)} – {percent(last)}"]
        )
    at_times = [
        [
            str(mark.months),
            masked(mark.at_risk, least),
            percent(mark.estimate) if mark.at_risk >= least else "–",
            limits(mark.low, mark.high) if mark.at_risk >= least else "–",
        ]
        for mark in summary.landmarks
    ]
    headings = [pgettext("statistics", "Months"), pgettext("statistics", "At risk")]
    headings += [pgettext("statistics", "Estimate"), pgettext("statistics", "95% CI")]
    return [
        Table(
            _("Summary"),
            [pgettext("statistics", "Statistic"), pgettext("statistics", "Value")],
            rows,
            frozenset({1}),
        ),
        Table(_("At fixed times"), headings, at_times, frozenset({0, 1, 2, 3})),
    ]


def _median(summary: Summary) -> str:
    middle, low, high = summary.median
    if middle is None:
        return _("not reached")
    upper = number(high) if high is not None else _("not reached")
    return f"{number(middle)} ({number(low)} – {upper})"


def curve_notes(summary: Summary, least: int, few: int) -> list[str]:
    """The conventions of a curve, printed with it."""
    notes = [
        _(
            "Time from the first infusion of the product; whoever has no event is censored at "
            "the last contact or on the day of the data."
        ),
        _(
            "A partial date counts as the middle of the days it can mean; the summary shows the "
            "estimate with the first and the last of them."
        ),
        _(
            "A death known in part, or on a day nobody stated, lies between the last contact that "
            "found the patient alive and the last contact, which told of it."
        ),
    ]
    if summary.endpoint is Endpoint.MALIGNANCY:
        notes.append(
            _("Aalen–Johansen estimate, death competing; log(−log) limits, delta variance.")
        )
    else:
        notes.append(_("Kaplan–Meier estimate; log(−log) limits, Greenwood's variance."))
    notes.append(
        _(
            "Median: the first time at which half had the event. Where the curve lies on one half "
            "exactly, R and SAS give the middle of the flat part."
        )
    )
    notes.append(_("Dashed where fewer than %(few)s patients are at risk.") % {"few": few})
    if least:
        notes.append(hidden_note(least))
    return notes


def hidden_note(least: int) -> str:
    """Why some counts are not shown."""
    return ngettext(
        "Counts below %(least)s patient are not shown.",
        "Counts below %(least)s patients are not shown.",
        least,
    ) % {"least": least}
