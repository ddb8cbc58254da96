"""The yearly milestones of a commitment: which days, and those that are not planned yet."""

from datetime import date

from followup.core.action import part
from pv.domain import approvals
from pv.models import Commitment, Milestone
from pv.queries.commitments import Rulebook


def days_of(row: Commitment, book: Rulebook) -> dict[tuple[str, int], date]:
    """The due day of each yearly milestone of a commitment, by code and number of the year."""
    yearly = [book.milestones[code] for code in book.kinds[row.kind].milestones]
    return {
        (item.code, period): due.due
        for item in yearly
        if item.repeat is not None
        for period, due in enumerate(
            approvals.yearly_milestones(item, row.approved_on, row.legal_end), start=1
        )
        if due.due is not None
    }


def planned(row: Commitment, code: str, order: int, period: int, day: date | None) -> Milestone:
    """A milestone that is not written yet, its due day as baseline."""
    return Milestone(
        commitment=row,
        product_id=row.product_id,
        code=code,
        period=period,
        order=order,
        baseline=day,
        due=day,
    )


@part
def plan_missing(row: Commitment, book: Rulebook, *, today: date) -> int:
    """Plan the yearly milestones due after today that are not there; how many.

    An extension brings further years, and a newer version of the rules a milestone of its own.
    """
    known = set(Milestone.objects.filter(commitment=row).values_list("code", "period"))
    order = {code: at for at, code in enumerate(book.kinds[row.kind].milestones)}
    made = [
        planned(row, code, order[code], period, day)
        for (code, period), day in days_of(row, book).items()
        if day > today and (code, period) not in known
    ]
    Milestone.objects.bulk_create(made)
    return len(made)
