"""Error rates of source data verification, by site and period."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.source_verifications import (
    ErrorRate,
    Verdict,
    VerificationRules,
    VerificationState,
    error_rate,
    verdict,
)
from followup.models import Site, SourceCheck

Counts = dict[bool, dict[str, int]]


@dataclass(frozen=True, slots=True)
class RateLine:
    """The rates of one site and period; without a period of the whole site, without both of all."""

    site: Site | None
    since: date | None
    until: date | None
    patients: int
    critical: ErrorRate
    every: ErrorRate
    verdict: Verdict | None


def both_rates(
    counts: Mapping[bool, Mapping[str, int]], known: VerificationRules
) -> tuple[ErrorRate, ErrorRate]:
    """Of the critical fields, and of all."""
    critical, other = counts.get(True, {}), counts.get(False, {})
    every = {key: critical.get(key, 0) + other.get(key, 0) for key in {*critical, *other}}
    return error_rate(critical, known), error_rate(every, known)


def lines(
    actor: Actor,
    known: VerificationRules,
    *,
    site: str = "",
    since: date | None = None,
    until: date | None = None,
) -> list[RateLine]:
    """A line for each site and period, then the site, then all sites; cancelled samples are none.

    `since` and `until` choose the periods that lie between them.
    """
    rows = SourceCheck.objects.exclude(verification__state=VerificationState.CANCELLED)
    if site:
        rows = rows.filter(site__code=site)
    if since:
        rows = rows.filter(verification__since__gte=since)
    if until:
        rows = rows.filter(verification__until__lte=until)
    rows = scope.counting(actor, rows).order_by()
    key = ("site_id", "verification__since", "verification__until")
    counted = rows.values_list(*key, "critical", "result").annotate(n=Count("id"))
    people = {
        tuple(line[:3]): line[3]
        for line in rows.values_list(*key).annotate(n=Count("patient_id", distinct=True))
    }
    # A patient of two samples is compared twice and is one patient.
    of_site = dict(rows.values_list("site_id").annotate(n=Count("patient_id", distinct=True)))
    by_period: dict[tuple[object, ...], Counts] = defaultdict(_empty)
    for *place, critical, result, n in counted:
        by_period[tuple(place)][critical][result] = n
    sites = {row.id: row for row in Site.objects.filter(id__in={place[0] for place in by_period})}
    found: list[RateLine] = []
    total, all_people = _empty(), 0
    for row in sorted(sites.values(), key=lambda each: each.code):
        own = sorted((place for place in by_period if place[0] == row.id), key=str)
        whole = _empty()
        for place in own:
            _add(whole, by_period[place])
            found.append(_line(row, place[1:], people[place], by_period[place], known))
        if len(own) > 1:
            found.append(_line(row, (None, None), of_site[row.id], whole, known))
        all_people += of_site[row.id]
        _add(total, whole)
    if len(sites) > 1:
        found.append(_line(None, (None, None), all_people, total, known))
    return found


def _empty() -> Counts:
    return {True: {}, False: {}}


def _add(whole: Counts, part: Counts) -> None:
    for critical, results in part.items():
        for result, n in results.items():
            whole[critical][result] = whole[critical].get(result, 0) + n


def _line(
    site: Site | None,
    period: tuple[object, ...],
    people: int,
    counts: Counts,
    known: VerificationRules,
) -> RateLine:
    critical, every = both_rates(counts, known)
    since, until = period
    return RateLine(
        site=site,
        since=since if isinstance(since, date) else None,
        until=until if isinstance(until, date) else None,
        patients=people,
        critical=critical,
        every=every,
        verdict=verdict(critical, known),
    )
