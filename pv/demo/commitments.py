"""Opening the commitments of the demo and living them to today, through their actions."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import F, Q

from followup.core import clock
from followup.core.actor import Actor
from followup.core.permissions import Role
from pv.actions import commitments
from pv.actions.commitments import CommitmentInput, CountInput, MilestoneInput
from pv.demo.commitments_data import PROMISES, Counted, Promise, Reached, counted, reached
from pv.demo.setup import Stage
from pv.demo.world import morning_of
from pv.domain.forecasts import Scenario
from pv.models import Commitment, Milestone

KIND = "CONFIRMATORY_TRIAL"
OPENED_AFTER = timedelta(days=30)  # from the approval to its entry here
START, LAST_IN = "FPI", "LPI"
SCENARIOS = (
    ("入组提速四分之一", Scenario(rate_percent=125)),
    ("脱落减少、报告加快", Scenario(loss_percent=5, reporting_days=60)),
)


def promise_all(actor: Actor, stage: Stage, today: date) -> int:
    """Every commitment whose indication is recorded as conditional; returns how many."""
    made = 0
    for number, promise in enumerate(PROMISES, start=1):
        indication = stage.indications.get(promise.indication)
        day = indication.approved_from if indication else None
        if indication is None or day is None or indication.status != "conditional":
            continue
        if day + OPENED_AFTER <= today:
            _tell(actor, stage, promise, number, today)
            made += 1
    with clock.pinned(morning_of(today)):
        commitments.review(actor, today=today)
        _try_scenarios(stage.of(Role.REGULATORY))
    return made


def _try_scenarios(keeper: Actor) -> None:
    """What the keeper tried where a forecast misses the statutory deadline."""
    late = Q(forecast_p80__gt=F("legal_end"), forecast_on__isnull=False)
    for row in Commitment.objects.filter(late).order_by("legal_end")[:1]:
        for name, scenario in SCENARIOS:
            commitments.keep_scenario(
                keeper, row, name=name, scenario=scenario, window_months=row.forecast_window
            )


def _tell(actor: Actor, stage: Stage, promise: Promise, number: int, today: date) -> None:
    keeper = stage.of(Role.REGULATORY)
    indication = stage.indications[promise.indication]
    opened = (indication.approved_from or today) + OPENED_AFTER
    with clock.pinned(morning_of(opened)):
        row = commitments.begin(
            keeper,
            indication,
            given=CommitmentInput(
                kind=KIND,
                title=promise.title,
                document=f"附条件批准通知书（演示）第{number:03d}号",
                condition_text="上市后须在规定时限内完成确证性临床试验并提交补充申请。",
                condition_source="药品注册证书附件（演示）",
                trial_number=f"CTR-DEMO-{number:04d}",
                target_enrolment=promise.target,
                maturity_days=promise.maturity_days,
            ),
        )
    rows = Milestone.objects.filter(commitment=row, period=0).order_by("order")
    due = {item.code: item.due for item in rows}
    came = reached(promise, due, today)
    for milestone in came:
        _reach(keeper, row, milestone, opened)
    days = {m.code: m.on for m in came}
    counts = _counts(promise, days.get(START), due[LAST_IN], today)
    _report_yearly(keeper, row, today)
    _count(keeper, row, promise, [count for count in counts if count.on <= row.legal_end])
    _overdue(actor, row, today)
    _count(keeper, row, promise, [count for count in counts if count.on > row.legal_end])


def _report_yearly(keeper: Actor, row: Commitment, today: date) -> None:
    """Enter the yearly reports sent up to today, each a week before its day."""
    for item in Milestone.objects.filter(commitment=row, period__gt=0, due__lte=today):
        if item.due is not None:
            sent = item.due - timedelta(days=7)
            with clock.pinned(morning_of(sent)):
                held = Commitment.objects.get(id=row.id)
                commitments.update_milestone(
                    keeper,
                    item,
                    given=MilestoneInput(actual=sent, forecast=None, evidence="进展报告（演示）"),
                    lock_version=held.lock_version,
                    reason="",
                )


def _reach(keeper: Actor, row: Commitment, milestone: Reached, opened: date) -> None:
    """Enter a milestone on its day; what came before the commitment was opened, afterwards."""
    with clock.pinned(morning_of(max(milestone.on, opened))):
        held = Commitment.objects.get(id=row.id)
        commitments.update_milestone(
            keeper,
            Milestone.objects.get(commitment=held, code=milestone.code),
            given=MilestoneInput(actual=milestone.on, forecast=None, evidence="存档文件（演示）"),
            lock_version=held.lock_version,
            reason=milestone.reason,
        )


def _counts(
    promise: Promise, started: date | None, last_in: date | None, today: date
) -> Sequence[Counted]:
    return counted(promise, started, last_in, today) if started and last_in else ()


def _count(keeper: Actor, row: Commitment, promise: Promise, counts: Sequence[Counted]) -> None:
    for count in counts:
        with clock.pinned(morning_of(count.on)):
            held = Commitment.objects.get(id=row.id)
            commitments.count(
                keeper,
                held,
                given=CountInput(
                    counted_on=count.on,
                    enrolled=count.enrolled,
                    lost=count.lost,
                    matured=count.matured,
                    target=promise.target,
                    maturity_days=promise.maturity_days,
                ),
                lock_version=held.lock_version,
            )


def _overdue(actor: Actor, row: Commitment, today: date) -> None:
    """The system notices a statutory deadline on the day after it."""
    end = Commitment.objects.values_list("legal_end", flat=True).get(id=row.id)
    if end < today:
        after = end + timedelta(days=1)
        with clock.pinned(morning_of(after)):
            commitments.review(actor, today=after)
