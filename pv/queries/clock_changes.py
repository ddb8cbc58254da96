"""What would change of the clocks of cases were they reckoned now; nothing is written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from followup.core import scope
from followup.core.actor import Actor
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from pv.domain import clocks
from pv.domain.agreements import PREFIX
from pv.models import Case, ReportClock
from pv.queries import agreements, obligations, rules

_BROKEN = (Job.State.CANCELLED, Job.State.FAILED)
MOST_JOBS = 200  # the newest: an older one was made good or is no news


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
        row.rule, row.day_zero, row.case_version, row.due, row.met_on, counted_by, row.due_at
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


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """A job that reckons clocks again and ended before the last case; what it was asked for."""

    id: UUID
    ended_at: datetime | None
    done: int
    total: int | None
    asked: Mapping[str, Any]
    user: UUID

    @property
    def title(self) -> str:
        """What was asked for, in the language of the reader."""
        return _("Report clocks reckoned again: %(why)s") % {"why": self.asked.get("reason", "")}

    @property
    def product(self) -> UUID | None:
        """None: the open cases of whoever asked."""
        return UUID(self.asked["product"]) if self.asked.get("product") else None


def broken_off(actor: Actor, kind: str) -> list[BrokenOff]:
    """The jobs of a kind that were cancelled or failed, and that no later one made good.

    One over the cases of a product whoever asked: its clocks are those of everybody who answers
    for them; one over somebody's own cases is that person's.
    """
    if not actor.may(Perm.CASE_WRITE):
        return []
    return [
        each
        for each in _broken_off(kind)
        if (each.user == actor.id if each.product is None else _writes(actor, each.product))
    ]


def _writes(actor: Actor, product: UUID) -> bool:
    return actor.may(Perm.CASE_WRITE, product=product)


@contexts.reads_whole
def _broken_off(kind: str) -> list[BrokenOff]:
    later: set[tuple[str, ...]] = set()
    found = []
    rows = Job.objects.filter(kind=kind).select_related("progress")
    if not rows.filter(state__in=_BROKEN).exists():
        return []
    for job in rows.order_by("-requested_at", "-id")[:MOST_JOBS]:
        product = job.parameters.get("product", "")
        # A job over all cases is each person's own.
        key = (product or str(job.user_id), job.parameters.get("since", ""))
        if job.state in _BROKEN and key not in later:
            done, total = job.progress.done, job.progress.total
            at = job.finished_at
            found.append(BrokenOff(job.id, at, done, total, job.parameters, job.user_id))
        later.add(key)
    return found
