"""What would change of the clocks of cases were they reckoned now; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from pv.domain import clocks
from pv.domain.agreements import PREFIX
from pv.models import Case, ReportClock
from pv.queries import agreements, obligations, rules


@dataclass(frozen=True, slots=True)
class Line:
    """One clock of a case that changes; an empty day: it starts, or ends with no successor."""

    case: UUID
    number: str
    receiver: str
    rule: str
    before: date | None
    after: date | None


def rules_in_use() -> str:
    """Name and version of the reporting rules, as each clock keeps them."""
    return rules.rule_set().edition


def of_case(case: Case, rows: Iterable[ReportClock]) -> clocks.Reconciliation:
    """What brings these clocks of a case, none of them stopped, into line with its facts."""
    sources, in_use = obligations.sources(case), rules_in_use()
    unreported = obligations.not_reportable(case, sources) is not None
    return clocks.reconciliation(
        [_standing(row, in_use) for row in rows],
        obligations.of_case(case, sources),
        rule_set=in_use,
        nullified=case.stage == Case.Stage.NULLIFIED,
        otherwise=clocks.Stop.NOT_REPORTABLE if unreported else clocks.Stop.NOT_OWED,
    )


def _standing(row: ReportClock, in_use: str) -> clocks.Standing:
    """A clock as stored; what is owed to a partner is counted by its agreement in every version."""
    counted_by = in_use if row.rule.startswith(PREFIX) else row.rule_set
    return clocks.Standing(
        row.rule, row.day_zero, row.case_version, row.due, row.met_on, counted_by
    )


def lines(cases: Iterable[Case]) -> tuple[list[Line], int]:
    """The open clocks of each case that change, by receiver, and how many clocks change at all."""
    known = cache(receivers)
    found, changed = [], 0
    for case in cases:
        change = of_case(case, case.clocks.filter(stopped_at__isnull=True))
        changed += change.changed
        for rule, before, after in change.moves():
            receiver = known(case.product_id).get(rule.partition(":")[0], "")
            found.append(Line(case.id, case.number, receiver, rule, before, after))
    return found, changed


def receivers(product_id: UUID | None) -> dict[str, str]:
    """To whom each rule sends the cases of a product: authorities by code, partners by name."""
    found = {rule.id: rule.authority for rule in rules.rule_set().rules}
    agreed = agreements.partnership(product_id)
    for rule in agreed.rules.rules if agreed else ():
        row = agreed.current.get(rule.authority) if agreed else None
        found[rule.id] = row.partner_name if row else rule.authority
    return found


@contexts.reads_whole
def of_product(product: UUID, since: date, most: int | None = None) -> list[UUID]:
    """Cases of a product that something was learned of since a day, whoever may see them."""
    rows = Case.objects.filter(product_id=product, sources__received_on__gte=since)
    return list(rows.distinct().order_by("id").values_list("id", flat=True)[:most])


def open_cases(actor: Actor) -> "QuerySet[Case]":
    """The actor's cases that are worked on or have an open clock."""
    done = (Case.Stage.CLOSED, Case.Stage.NULLIFIED)
    rows = Case.objects.filter(~Q(stage__in=done) | Q(next_due__isnull=False))
    return scope.visible(actor, rows, Perm.CASE_WRITE).order_by("id")


def shown(actor: Actor, ids: Iterable[UUID]) -> set[UUID]:
    """Of these cases the ones the actor may see."""
    rows = scope.visible(actor, Case.objects.filter(id__in=list(ids)))
    return set(rows.values_list("id", flat=True))
