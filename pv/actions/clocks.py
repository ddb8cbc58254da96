"""Legal clocks of a case: started with the rule as it stands, never moved later, never deleted."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Min
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Missing, Refused
from pv.domain import clocks
from pv.models import Case, ReportClock
from pv.queries import rules


def _rows(case: Case, started: Iterable[clocks.Clock], version: int) -> Iterable[ReportClock]:
    rule_set = rules.rule_set()
    for running in started:
        for deadline in running.deadlines:
            if deadline.due is None:
                continue
            suffix = "" if deadline.code == running.first.code else f":{deadline.code}"
            yield ReportClock(
                case=case,
                product_id=case.product_id,
                site_id=case.site_id,
                case_version=version,
                rule=f"{running.rule}{suffix}",
                rule_set=f"{rule_set.code} {rule_set.version}",
                citation=deadline.citation,
                confidence=deadline.confidence,
                reasoning=[
                    {"code": r.code, "values": dict(r.values), "text": r.text}
                    for r in running.trail
                ],
                day_zero=running.day_zero,
                due=deadline.due,
                started_at=time.now(),
            )


def refresh_due(case: Case) -> None:
    """The earliest open clock, kept on the case for its list."""
    open_clocks = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    case.next_due = open_clocks.aggregate(first=Min("due"))["first"]
    case.save(update_fields=["next_due"])


@action("clock.start", needs=Perm.CASE_WRITE)
def start(actor: Actor, case: Case, *, started: Iterable[clocks.Clock], version: int) -> int:
    """Start clocks on a case; one that already runs from the same day zero is left as it is."""
    known = set(case.clocks.filter(stopped_at__isnull=True).values_list("rule", "day_zero"))
    rows = [r for r in _rows(case, started, version) if (r.rule, r.day_zero) not in known]
    ReportClock.objects.bulk_create(rows)
    refresh_due(case)
    return len(rows)


@action("clock.meet", needs=Perm.ICSR_EXPORT)
def meet(actor: Actor, case: Case, *, on: date, version: int) -> int:
    """A report of `version` went out: the open report clocks up to it are met on that day."""
    open_clocks = case.clocks.select_for_update().filter(
        met_on__isnull=True, stopped_at__isnull=True, case_version__lte=version
    )
    met = open_clocks.exclude(rule__contains=":").update(met_on=on)
    refresh_due(case)
    return met


@action("clock.complete", needs=Perm.CASE_WRITE)
def complete(actor: Actor, case: Case, *, clock_id: UUID | str, on: date) -> ReportClock:
    """Note the day a duty beside the report (an investigation, say) was done."""
    row = ReportClock.objects.select_for_update().filter(case=case, id=clock_id).first()
    if row is None:
        raise Missing()
    if row.met_on or row.stopped_at or ":" not in row.rule:
        raise Refused(_("This clock is met by a report, or has ended already."))
    if not row.day_zero <= on <= time.today():
        raise Refused({"on": _("Between day zero and today.")})
    row.met_on = on
    row.save(update_fields=["met_on"])
    refresh_due(case)
    return row


@action("clock.stop", needs=Perm.CASE_WRITE)
def stop_all(actor: Actor, case: Case, *, reason: str) -> int:
    """Stop every open clock of a case that turned out not to be one; the reason stays."""
    open_clocks = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    count = open_clocks.update(stopped_at=time.now(), stop_reason=reason[:200])
    refresh_due(case)
    return count
