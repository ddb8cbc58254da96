"""The figures of a cohort, each with its finding, its tables and its conventions."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.actor import Actor
from followup.core.naming import reads_chinese
from pv.adapters.charts.bars import accrual_picture, strip_picture, waterfall_picture
from pv.adapters.charts.curves import curve_picture
from pv.adapters.charts.statements import (
    Figure,
    Table,
    curve_notes,
    curve_tables,
    endpoint_name,
    finding,
    hidden_note,
    number,
)
from pv.adapters.charts.swimmers import Swimmer, swimmer_picture
from pv.domain.cohorts.cells import masked, masked_row
from pv.domain.cohorts.summaries import summary, time_to_onset
from pv.domain.cohorts.times import Endpoint, Member, Times, span, times_of
from pv.queries import cohorts, rules
from pv.queries.cohort_curves import Followed, followed
from pv.queries.cohorts import Filters, Lane

LANES = 60
MOST_BARS = 400


def kinds() -> list[tuple[str, str]]:
    """The figures by key, in the order of the tabs."""
    return [
        ("survival", pgettext("figure", "Survival")),
        ("progression", pgettext("figure", "Without relapse")),
        ("malignancy", pgettext("figure", "Second malignancy")),
        ("swimmer", pgettext("figure", "Swimmer plot")),
        ("waterfall", pgettext("figure", "Waterfall")),
        ("strip", pgettext("figure", "Time to malignancy")),
        ("accrual", pgettext("figure", "Infusions by month")),
    ]


def figure(
    actor: Actor,
    filters: Filters,
    kind: str,
    *,
    page: int = 0,
    measure: str = "",
    place: Callable[[UUID], str] = str,
) -> Figure:
    """One figure of a cohort; with too few patients it says so and shows nothing.

    `place` makes the URL of a patient. Call inside `cohorts.reading`.
    """
    name = dict(kinds())[kind]
    least = cohorts.least_count(actor)
    if kind in _CURVES:
        cohort = followed(actor, filters)
        few = _too_few(kind, name, cohort.size, least)
        return few or _curve(kind, _CURVES[kind], cohort, filters, least)
    members = cohorts.members(actor, filters)
    if few := _too_few(kind, name, len(members), least):
        return few
    if kind == "swimmer":
        return _swimmer(actor, filters, page, len(members), place)
    if kind == "waterfall":
        return _waterfall(actor, filters, measure, least)
    if kind == "strip":
        return _strip(members, filters, least)
    return _accrual(actor, filters, least)


def _too_few(kind: str, name: str, patients: int, least: int) -> Figure | None:
    """The figure of a cohort that is empty or too small to be shown; None of another."""
    if not patients:
        return Figure(kind, name, _("No patient of this product matches the filters."))
    if patients < least:
        text = _("Fewer than %(least)s patients match the filters; nothing is shown of them.")
        return Figure(kind, name, text % {"least": least})
    return None


_CURVES = {
    "survival": Endpoint.DEATH,
    "progression": Endpoint.PROGRESSION,
    "malignancy": Endpoint.MALIGNANCY,
}


def _curve(kind: str, endpoint: Endpoint, cohort: Followed, filters: Filters, least: int) -> Figure:
    times = times_of(cohort.members, endpoint, filters.last_day, cohort.quiet, cohort.dead)
    found = summary(times, endpoint)
    name = endpoint_name(endpoint)
    if found is None:
        return Figure(kind, name, _("No patient of this product matches the filters."))
    few = int(rules.data("cohorts")["few_at_risk"])
    if 0 < found.events < least:
        text = _("%(n)s patients; fewer than %(least)s of them had the event: no curve is shown.")
        return Figure(kind, name, text % {"n": found.patients, "least": least})
    said = finding(found)
    picture = curve_picture(found, times.days, name=name, finding=said, least=least, few=few)
    tables, notes = curve_tables(found, least), curve_notes(found, least, few)
    return Figure(kind, name, said, picture, tables, notes)


def _swimmer(
    actor: Actor, filters: Filters, page: int, total: int, place: Callable[[UUID], str]
) -> Figure:
    lanes = cohorts.lanes(actor, filters, skip=page * LANES, size=LANES)
    name = pgettext("figure", "Swimmer plot")
    if not lanes:
        return Figure("swimmer", name, _("There is no such page of the cohort."))
    cutoff = filters.last_day
    drawn = [_swimmer_lane(lane, place) for lane in lanes]
    first = page * LANES + 1
    said = _("Patients %(first)s to %(last)s of %(total)s, those infused first on top.") % {
        "first": first,
        "last": first + len(lanes) - 1,
        "total": total,
    }
    headings = [
        pgettext("column", "Patient"),
        pgettext("column", "Site"),
        pgettext("column", "Infusion"),
        pgettext("column", "Last contact"),
        pgettext("column", "Relapse or progression"),
        pgettext("column", "New malignancy"),
        pgettext("column", "Death"),
    ]
    rows = [_lane_row(lane, cutoff) for lane in lanes]
    picture = swimmer_picture(drawn, cutoff, name=name, finding=said)
    return Figure("swimmer", name, said, picture, [Table(_("Patients"), headings, rows)])


def _swimmer_lane(lane: Lane, place: Callable[[UUID], str]) -> Swimmer:
    day0 = lane.member.day0
    later = [(day - day0).days for day in lane.infusions]
    well = [(day - day0).days for day in lane.remission]
    return Swimmer(lane.member, place(lane.patient), later, well)


def _lane_row(lane: Lane, cutoff: Any) -> list[str]:
    member = lane.member

    def stated(happening: Any) -> str:
        if happening is None or span(happening, member.day0, cutoff) is None:
            return "–"
        return str(happening.text) or _("day not known")

    contact = member.last_contact
    return [
        member.code,
        lane.site,
        member.day0.isoformat(),
        contact.isoformat() if contact else "–",
        stated(member.progression),
        stated(member.malignancy),
        stated(member.death),
    ]


def measures(actor: Actor) -> list[tuple[str, str]]:
    """Laboratory measures with a number, for the waterfall."""
    chinese = reads_chinese()
    rows = rules.data("laboratory")["measures"]
    return [
        (row["code"], row["label_zh" if chinese else "label_en"]) for row in rows if row.get("unit")
    ]


def _waterfall(actor: Actor, filters: Filters, measure: str, least: int) -> Figure:
    name = pgettext("figure", "Waterfall")
    named = dict(measures(actor))
    if measure not in named:
        return Figure("waterfall", name, _("Choose the laboratory measure to draw."))
    changes = cohorts.changes_from_baseline(actor, filters, measure)
    title = _("Lowest value after infusion against the last before: %(measure)s") % {
        "measure": named[measure]
    }
    if not changes or len(changes) < least:
        return Figure(
            "waterfall", title, _("Too few patients have a value before and after the infusion.")
        )
    fell = sum(change < 0 for _code, change, _unit in changes)
    said = _("The value fell in %(fell)s of %(n)s patients with one before and after.") % {
        "fell": masked(fell, least),
        "n": len(changes),
    }
    drawn = [(code, change) for code, change, _unit in changes][:MOST_BARS]
    rows = [[code, f"{change:+.1f}%"] for code, change, _unit in changes]
    headings = [pgettext("column", "Patient"), pgettext("column", "Change")]
    notes = [_("Bounds such as “below the limit” are no measurement and are left out.")]
    if len(drawn) < len(changes):
        text = _("The picture shows the first %(most)s of %(n)s bars, the table all of them.")
        notes.append(text % {"most": len(drawn), "n": len(changes)})
    return Figure(
        "waterfall",
        title,
        said,
        waterfall_picture(drawn, name=title, finding=said),
        [Table(_("Patients"), headings, rows, frozenset({1}))],
        notes,
    )


def onset_table(times: Times) -> Table | None:
    """Days from infusion to the event: quartiles."""
    found = time_to_onset(times)
    if found is None:
        return None
    headings = [pgettext("statistics", "Statistic"), pgettext("statistics", "Days")]
    headings.append(pgettext("statistics", "Weeks"))
    names = (_("Smallest"), _("First quartile"), _("Median"), _("Third quartile"), _("Largest"))
    rows = [[n, number(d, 0), number(d / 7)] for n, d in zip(names, found, strict=True)]
    return Table(_("Time to onset"), headings, rows, frozenset({1, 2}))


def _strip(members: Sequence[Member], filters: Filters, least: int) -> Figure:
    name = _("Time from infusion to second malignancy")
    cutoff = filters.last_day
    dots = []
    for member in members:
        found = span(member.malignancy, member.day0, cutoff)
        if found is not None and found.last >= 0:
            dots.append((member.code, found.middle, ""))
    if not dots:
        return Figure("strip", name, _("No second malignancy is known in this cohort."))
    if len(dots) < least:
        text = _("Fewer than %(least)s patients had a second malignancy; they are not shown.")
        return Figure("strip", name, text % {"least": least})
    table = onset_table(times_of(members, Endpoint.MALIGNANCY, cutoff))
    said = _("%(n)s of %(patients)s patients had a second malignancy.") % {
        "n": len(dots),
        "patients": len(members),
    }
    picture = strip_picture(dots, name=name, finding=said)
    return Figure("strip", name, said, picture, [table] if table else [])


def _accrual(actor: Actor, filters: Filters, least: int) -> Figure:
    name = pgettext("figure", "Infusions by month")
    counts = cohorts.accrual(actor, filters)
    texts = masked_row([count for _month, count in counts], least)
    shown = [
        (month, count if text == str(count) else None)
        for (month, count), text in zip(counts, texts, strict=True)
    ]
    total = sum(count for _month, count in counts)
    said = _("%(n)s patients infused from %(first)s to %(last)s.") % {
        "n": total,
        "first": f"{counts[0][0]:%Y-%m}",
        "last": f"{counts[-1][0]:%Y-%m}",
    }
    rows = [[f"{row[0]:%Y-%m}", text] for row, text in zip(counts, texts, strict=True)]
    headings = [pgettext("column", "Month"), pgettext("column", "Patients")]
    open_ones = any(count is not None for _month, count in shown)
    picture = accrual_picture(shown, name=name, finding=said) if open_ones else None
    notes = [hidden_note(least)] if least else []
    if picture and None in dict(shown).values():
        notes.append(_("A dashed outline: a month whose count is not shown."))
    return Figure(
        "accrual", name, said, picture, [Table(_("Months"), headings, rows, frozenset({1}))], notes
    )
