"""Scenarios kept beside a trial's record, and earlier forecasts held against what came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from followup.core import scope
from followup.core.actor import Actor
from pv.domain import forecasts
from pv.domain.forecasts import BackTest, Centre, Counted, ForecastError
from pv.models import Commitment, EnrolmentCount, ForecastScenario
from pv.queries.commitments.enrolment import Enrolment, centres, counted, seed_of
from pv.queries.commitments.rulebook import rulebook

MOST_BACK_TESTS = 8
_DRAWS = 2000


def scenarios(actor: Actor, row: Commitment) -> list[ForecastScenario]:
    """The scenarios kept for a commitment, the newest first; removed ones are left out."""
    rows = ForecastScenario.objects.filter(commitment=row, removed_at__isnull=True)
    return list(scope.visible(actor, rows).select_related("kept_by").order_by("-kept_at", "-id"))


def scenario(actor: Actor, pk: str) -> ForecastScenario:
    """One scenario, a removed one too; NotFound when foreign or missing alike."""
    return scope.one(actor, ForecastScenario.objects.select_related("commitment"), id=pk)


def back_tests(row: Commitment, found: Enrolment, *, window_months: int | None) -> list[BackTest]:
    """What earlier counts foresaw for the number enrolled by the last one, the oldest first.

    Each forecast knows the counts up to its day alone, and of the month it falls in no centre's
    number. Spread evenly over the earlier counts that had fewer patients; a count from which no
    forecast can be made is left out.
    """
    known = found.counts
    if found.lack or len(known) < 2:
        return []
    number = known[-1].enrolled
    earlier = [place for place, count in enumerate(known) if count.enrolled < number]
    if not earlier:
        return []
    after = known[earlier[-1]].counted_on
    # A count above the last one was corrected by it: it says nothing of the day.
    since = known[earlier[-1] + 1 :]
    by = next(count.counted_on for count in since if count.enrolled == number)
    tests = []
    for place in _spread(earlier, MOST_BACK_TESTS):
        then = replace(found, counts=known[: place + 1])
        try:
            foreseen = _foreseen(row, then, number, window_months)
        except ForecastError:
            continue
        tests.append(BackTest(known[place].counted_on, number, foreseen, after, by))
    return tests


def _foreseen(
    row: Commitment, then: Enrolment, number: int, window_months: int | None
) -> forecasts.Dates:
    last = then.counts[-1]
    trial = forecasts.trial_of(
        then.plan,
        [_without_losses(count) for count in counted(then.counts)],
        [_until_month(c, last) for c in centres(then.centres, then.counts)],
        rulebook().assumptions,
        window_months=window_months,
    )
    seed = seed_of(row, last.counted_on)
    return forecasts.reaching(trial, enrolled=last.enrolled, number=number, seed=seed, draws=_DRAWS)


def _without_losses(count: Counted) -> Counted:
    """A number enrolled is reached with those lost later: a count without them tells enough."""
    return replace(count, lost=0, matured=0)


def _until_month(centre: Centre, last: EnrolmentCount) -> Centre:
    """A centre without the number of an unfinished month: part of it came after the count."""
    if not centre.monthly or _ends_its_month(last.counted_on):
        return centre
    return replace(centre, monthly=(*centre.monthly[:-1], None))


def _ends_its_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _spread(places: Sequence[int], most: int) -> list[int]:
    """At most so many of them, evenly, the first and the last among them."""
    if len(places) <= most:
        return list(places)
    last = len(places) - 1
    return [places[round(step * last / (most - 1))] for step in range(most)]
