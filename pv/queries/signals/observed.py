"""Second malignancies of a cohort seen against those expected, and sequential monitoring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from followup.core.actor import Actor
from followup.core.permissions import Perm
from pv.domain.cohorts.summaries import Quartiles, time_to_onset
from pv.domain.cohorts.times import Endpoint, times_of
from pv.domain.signals.expected import Comparison, compare
from pv.domain.signals.person_days import exposure_of_many
from pv.domain.signals.rates import RateRow
from pv.queries import cohorts, rules
from pv.queries.cohorts import Filters
from pv.queries.signals.tables import Rates


@dataclass(frozen=True, slots=True)
class Observed:
    """One comparison, with what it rests on. `flat` is the stand-in rate, None with a table."""

    comparison: Comparison
    patients: int
    group: str
    flat: float | None
    onset: Quartiles | None
    lag_days: int
    upper_limit: float
    alpha: float
    left_out: int


def observed(
    actor: Actor, filters: Filters, table: Rates | None, group: str, *, all_kinds: bool
) -> Observed:
    """T-cell malignancies (or all of them) against a group of a table. Call inside `reading`."""
    actor.require(Perm.CASE_READ, product=filters.product.id)
    data = rules.data("signals")
    filters = replace(filters, t_cell=not all_kinds)
    people = cohorts.people(actor, filters)
    flat = float(data["flat_rate_per_100k"])
    used: Sequence[RateRow] | float = table.of(group) if table else flat
    found = exposure_of_many(people, used, filters.last_day, lag_days=int(data["lag_days"]))
    limits = data["sequential"]
    upper, alpha = float(limits["upper_limit"]), float(limits["alpha"])
    members = [person.member for person in people]
    return Observed(
        comparison=compare(found, upper_limit=upper, alpha=alpha),
        patients=len(people),
        group=group,
        flat=None if table else flat,
        onset=time_to_onset(times_of(members, Endpoint.MALIGNANCY, filters.last_day)),
        lag_days=int(data["lag_days"]),
        upper_limit=upper,
        alpha=alpha,
        left_out=cohorts.left_out(actor, filters),
    )
