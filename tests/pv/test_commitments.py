"""Commitments through their actions: legal end, milestones, steps, and what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from unittest import mock

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from followup.actions import reference, scheduler
from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, NotFound, Refused
from followup.models import Indication
from followup.queries import shipped
from pv.actions import commitments as actions
from pv.actions.commitments import CommitmentInput, MilestoneInput, StepInput
from pv.domain.approvals import CommitmentEvent as Event
from pv.models import Commitment, CommitmentEvent, Milestone
from pv.queries import commitments as queries
from pv.queries import due_days
from pv.queries.commitments import rulebook
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
EXACT, MONTH = "EQUE_CEL_MM", "RELMA_CEL_MCL"  # approved 2023-06-30 and 2024-08
SYSTEM = Actor.process("test")


@contextmanager
def on(day: date) -> Iterator[None]:
    with mock.patch.object(
        clock, "now", return_value=datetime(*day.timetuple()[:3], 4, tzinfo=UTC)
    ):
        yield


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with on(TODAY):
        yield


@pytest.fixture
def keeper() -> Actor:
    return factories.make_actor(Role.REGULATORY)


def indication(code: str) -> Indication:
    return Indication.objects.get(code=code)


def opened(keeper: Actor, code: str = EXACT, **values) -> Commitment:
    given = {"kind": "CONFIRMATORY_TRIAL", "title": "III 期确证性试验", "document": "S20230001"}
    return actions.begin(keeper, indication(code), given=CommitmentInput(**given | values))


def milestone(row: Commitment, code: str) -> Milestone:
    return Milestone.objects.get(commitment=row, code=code, period=0)


def update(
    keeper: Actor, row: Commitment, code: str, *, reason: str = "", **given
) -> CommitmentEvent:
    found = milestone(row, code)
    start = {"actual": found.actual, "forecast": found.forecast, "evidence": found.evidence}
    lock = Commitment.objects.get(id=row.id).lock_version
    values = MilestoneInput(**start | given)
    return actions.update_milestone(keeper, found, given=values, lock_version=lock, reason=reason)


def step(keeper: Actor, row: Commitment, event: Event, reason: str = "", **given) -> Commitment:
    lock = Commitment.objects.get(id=row.id).lock_version
    values = StepInput(**{"happened_on": clock.today()} | given)
    return actions.step(keeper, row, event=event, given=values, lock_version=lock, reason=reason)


def force(row: Commitment, **values) -> Commitment:
    with transaction.atomic(), audit.acting(SYSTEM, "test.force"):
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    return Commitment.objects.get(id=row.id)


# --- opening


def test_four_years_from_a_known_day(keeper) -> None:
    row = opened(keeper)
    assert (row.approved_on, row.legal_end, row.legal_end_latest) == (
        date(2023, 6, 30),
        date(2027, 6, 30),
        date(2027, 6, 30),
    )
    assert row.limit_rule == "CN-CONDITIONAL 1"
    assert row.owner_id == keeper.id
    codes = list(row.events.values_list("event", flat=True))
    assert codes[:3] == ["OPENED", "AGREED_WITH_CDE", "CERTIFICATE_ISSUED"]
    assert milestone(row, "SUPPL_SUBMITTED").baseline == row.legal_end
    assert milestone(row, "FPI").due == date(2024, 6, 30)


@pytest.mark.parametrize(
    ("approved_on", "rule"),
    [(date(2026, 4, 28), "1"), (date(2026, 4, 29), "2"), (date(2021, 6, 22), "1")],
)
def test_an_approval_falls_under_the_procedure_of_its_day(approved_on, rule) -> None:
    """Announcement 2026 no. 41 was reposted, and in force, on 2026-04-29 at the latest."""
    limit = rulebook().limit(approved_on)
    assert (limit.version, limit.max_months) == (rule, 48)
    assert ("no. 41" in limit.citation) == (rule == "2")


def test_a_month_is_never_made_a_day(keeper) -> None:
    row = opened(keeper, MONTH)
    assert row.approved_precision == "month"
    assert (row.legal_end, row.legal_end_latest) == (date(2028, 8, 1), date(2028, 8, 31))
    certificate = row.events.get(event="CERTIFICATE_ISSUED")
    assert certificate.happened_on is None
    assert certificate.new_date == date(2028, 8, 1)


def test_an_end_beyond_the_limit_needs_a_reason(keeper) -> None:
    late = date(2028, 8, 2)
    with pytest.raises(Refused) as refused:
        opened(keeper, MONTH, legal_end=late)
    assert "2028-08-01" in str(refused.value.fields["override_reason"])
    assert opened(keeper, MONTH, legal_end=late, override_reason="批件写明").legal_end == late


@pytest.mark.parametrize("code", ["AXI_CEL_LBCL_3L", "RENI_CEL_LBCL_3L"])
def test_only_a_conditional_approval_owes_one(keeper, code) -> None:
    with pytest.raises(Refused):
        opened(keeper, code)


def test_without_a_document_it_stays_a_draft(keeper) -> None:
    row = opened(keeper, document="")
    assert row.state == "DRAFT"
    row = step(keeper, row, Event.AGREED_WITH_CDE, document="CDE-1")
    assert step(keeper, row, Event.CERTIFICATE_ISSUED).state in ("ACTIVE", "AT_RISK")


def test_a_long_study_reports_every_year(keeper) -> None:
    row = opened(
        keeper, kind="LTFU", title="15 年随访", legal_end=date(2038, 6, 30), override_reason="批件"
    )
    years = row.milestones.filter(code="LTFU_INTERIM")
    assert list(years.values_list("period", flat=True)) == list(range(1, 15))
    first = years.get(period=1)
    assert first.due == date(2024, 8, 29)
    owed = {row.uid: row.title for row in due_days.milestones(keeper, today=TODAY)}
    assert owed[f"milestone-{first.id}"].endswith(" 1")


def test_a_conditional_approval_owes_a_progress_report_every_twelve_months(keeper) -> None:
    """What fell due before it was opened here is none of its matters; an extension owes more."""
    row = opened(keeper)
    days = [date(2027, 6, 30)]
    yearly = Milestone.objects.filter(commitment=row, code="PROGRESS_REPORT").order_by("period")
    assert list(yearly.values_list("period", "due")) == [(4, day) for day in days]
    listed = [each for each in due_days.milestones(keeper, today=TODAY) if each.due == days[0]]
    assert any("progress" in each.title or "进展" in each.title for each in listed)
    force(row, legal_end=date(2029, 7, 31), legal_end_latest=date(2029, 7, 31))
    actions.review(SYSTEM, today=TODAY)
    assert list(yearly.values_list("due", flat=True)) == [
        date(2027, 6, 30),
        date(2028, 6, 30),
        date(2029, 6, 30),
    ]
    actions.review(SYSTEM, today=TODAY)
    assert yearly.count() == 3
    # A report that was sent does not make the study's own next step one of the past.
    first = yearly.first()
    lock = Commitment.objects.get(id=row.id).lock_version
    given = MilestoneInput(actual=TODAY, forecast=None, evidence="收函 1")
    actions.update_milestone(keeper, first, given=given, lock_version=lock, reason="")
    (line,) = queries.overview(keeper, today=TODAY).lines
    assert line.following.code == "PROTOCOL_AGREED"


def test_twice_the_same_is_refused(keeper) -> None:
    opened(keeper)
    with pytest.raises(Refused) as refused:
        opened(keeper)
    assert "title" in refused.value.fields


def test_who_may_and_for_which_product() -> None:
    other = factories.make_actor(Role.REGULATORY, product=factories.product("AXI_CEL"))
    with pytest.raises(NotFound):
        opened(other)
    with pytest.raises(Denied):
        opened(factories.make_actor(Role.AUDITOR))
    row = opened(factories.make_actor(Role.STUDY_MANAGER))
    with pytest.raises(NotFound):
        queries.one(other, row.id)
    assert queries.overview(other, today=TODAY).lines == []


# --- milestones


def test_later_than_before_needs_a_reason(keeper) -> None:
    row = opened(keeper)
    due = milestone(row, "LPLV").due
    assert due is not None
    with pytest.raises(Refused) as refused:
        update(keeper, row, "LPLV", forecast=TODAY + timedelta(days=30))
    assert set(refused.value.fields) == {"reason"}
    entry = update(keeper, row, "LPLV", forecast=TODAY + timedelta(days=30), reason="中心启动慢")
    assert (entry.event, entry.old_date, entry.reason) == ("MILESTONE_FORECAST", None, "中心启动慢")
    update(keeper, row, "LPLV", forecast=TODAY + timedelta(days=9))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"actual": TODAY + timedelta(days=1)}, "actual"),
        ({"forecast": TODAY - timedelta(days=1)}, "forecast"),
        ({}, ""),
    ],
)
def test_impossible_days_are_refused(keeper, given, field) -> None:
    row = opened(keeper)
    with pytest.raises(Refused) as refused:
        update(keeper, row, "P25", reason="x", **given)
    assert field in refused.value.fields


def test_no_milestone_before_the_one_it_follows(keeper) -> None:
    row = opened(keeper)
    update(keeper, row, "FPI", actual=date(2024, 5, 1))
    with pytest.raises(Refused) as refused:
        update(keeper, row, "P25", actual=date(2024, 4, 30))
    assert "actual" in refused.value.fields
    update(keeper, row, "P25", actual=date(2024, 9, 1))
    with pytest.raises(Refused):
        update(keeper, row, "FPI", actual=date(2024, 9, 2), reason="typing error")


def test_a_day_that_is_a_step_is_not_typed_in_passing(keeper) -> None:
    row = opened(keeper)
    with pytest.raises(Refused) as refused:
        update(keeper, row, "CSR_FINAL", actual=TODAY, reason="x")
    assert "actual" in refused.value.fields


def test_two_people_at_once(keeper) -> None:
    row = opened(keeper)
    update(keeper, row, "PROTOCOL_AGREED", actual=date(2023, 9, 1))
    given = MilestoneInput(actual=date(2023, 9, 5), forecast=None)
    with pytest.raises(Conflict) as conflict:
        actions.update_milestone(
            keeper,
            milestone(row, "PROTOCOL_AGREED"),
            given=given,
            lock_version=row.lock_version,
            reason="",
        )
    assert conflict.value.differences["actual"] == (date(2023, 9, 5), date(2023, 9, 1))


def test_taking_back_restores_day_evidence_and_state(keeper) -> None:
    row = force(opened(keeper, legal_end=date(2027, 6, 30)), state="ACTIVE")
    with on(TODAY + timedelta(days=1)):
        late = TODAY + timedelta(days=400)
        entry = update(keeper, row, "P25", forecast=late, evidence="表", reason="慢")
        assert Commitment.objects.get(id=row.id).state == "AT_RISK"
        actions.undo_milestone(keeper, entry)
        found = milestone(row, "P25")
        assert (found.forecast, found.evidence) == (None, "")
        assert Commitment.objects.get(id=row.id).state == "ACTIVE"
        with pytest.raises(Refused):
            actions.undo_milestone(keeper, entry)


def test_taking_back_ends_with_the_next_entry_or_after_a_while(keeper) -> None:
    row = opened(keeper)
    first = update(keeper, row, "PROTOCOL_AGREED", actual=date(2023, 9, 1))
    with (
        clock.pinned(clock.now() + timedelta(seconds=46)),
        pytest.raises(Refused),
    ):
        actions.undo_milestone(keeper, first)
    with clock.pinned(clock.now() + timedelta(seconds=5)):
        update(keeper, row, "ETHICS_FIRST", actual=date(2023, 12, 1))
        with pytest.raises(Refused):
            actions.undo_milestone(keeper, first)


def test_a_step_cannot_be_taken_back_by_its_milestone(keeper) -> None:
    row = opened(keeper)
    update(keeper, row, "DB_LOCK", actual=date(2026, 10, 1))
    with on(TODAY + timedelta(days=1)):
        step(keeper, row, Event.REPORT_FINAL, document="CSR-1")
        entry = row.events.get(event="MILESTONE_ACTUAL", milestone_code="CSR_FINAL")
        with pytest.raises(Refused):
            actions.undo_milestone(keeper, entry)


# --- steps


def test_from_report_to_full_approval(keeper) -> None:
    row = opened(keeper)
    step(keeper, row, Event.REPORT_FINAL, document="CSR-1")
    assert milestone(row, "CSR_FINAL").actual == TODAY
    with pytest.raises(Refused) as refused:
        step(keeper, row, Event.SUPPLEMENT_ACCEPTED, acceptance_number="CXSB2600001")
    assert "" in refused.value.fields, "nothing is accepted that was not submitted"
    update(keeper, row, "SUPPL_SUBMITTED", actual=TODAY)
    step(keeper, row, Event.SUPPLEMENT_ACCEPTED, acceptance_number="CXSB2600001")
    done = step(keeper, row, Event.SUPPLEMENT_APPROVED, document="补充申请批件 1")
    assert done.state == "FULFILLED"
    found = indication(EXACT)
    assert (found.status, found.decided_on) == ("full", TODAY)
    trail = Change.objects.filter(table_name="followup_indication", row_id=str(found.id))
    assert trail.latest("id").action == "commitment.step"
    with pytest.raises(Refused):
        update(keeper, row, "SUPPL_APPROVED", actual=TODAY)


def test_reference_data_does_not_take_a_decision_back(keeper) -> None:
    test_from_report_to_full_approval(keeper)
    products = {"products": shipped.documents()["products"]}
    administrator = factories.make_actor(Role.ADMINISTRATOR)
    steps = reference.load(administrator, documents=products)
    assert indication(EXACT).status == "full"
    assert not [s for s in steps if s.name == f"indication {EXACT}" and s.fields]


def test_full_only_when_no_other_confirmatory_study_is_open(keeper) -> None:
    opened(keeper, title="第二项试验")
    row = force(opened(keeper), state="UNDER_REVIEW")
    step(keeper, row, Event.SUPPLEMENT_APPROVED, document="1")
    assert indication(EXACT).status == "conditional"


def test_a_study_of_another_kind_does_not_convert(keeper) -> None:
    row = force(opened(keeper, kind="REGISTRY", title="登记"), state="UNDER_REVIEW")
    step(keeper, row, Event.SUPPLEMENT_APPROVED, document="1")
    assert indication(EXACT).status == "conditional"


def test_an_extension_moves_open_due_days_and_keeps_the_baseline(keeper) -> None:
    row = opened(keeper)
    before = {m.code: (m.baseline, m.due) for m in row.milestones.all()}
    with pytest.raises(Refused) as refused:
        step(keeper, row, Event.EXTENSION_REQUESTED)
    assert set(refused.value.fields) == {"reason"}

    def sale():
        """As the page says it; list, file and API say the same."""
        found = queries.detail(keeper, queries.one(keeper, row.id), today=TODAY).sale
        (line,) = queries.overview(keeper, today=TODAY).lines
        (cells,) = queries.table(keeper, today=TODAY)
        assert line.sale == found
        assert bool(cells[queries.heading().index(gettext("Sale suspended"))]) == bool(found)
        return found

    assert sale() is None
    step(keeper, row, Event.EXTENSION_REQUESTED, reason="入组慢")
    assert sale().binding is False  # suspended by a draft, which says so of itself
    with pytest.raises(Refused) as refused:
        step(keeper, row, Event.EXTENSION_GRANTED, document="1", new_deadline=date(2027, 6, 30))
    assert set(refused.value.fields) == {"new_deadline"}
    row = step(
        keeper, row, Event.EXTENSION_GRANTED, document="批复", new_deadline=date(2028, 6, 30)
    )
    assert sale() is not None  # the extension runs
    assert (row.legal_end, row.legal_end_version) == (date(2028, 6, 30), 2)
    final = milestone(row, "SUPPL_SUBMITTED")
    assert (final.baseline, final.due, final.due_version) == (
        date(2027, 6, 30),
        date(2028, 6, 30),
        2,
    )
    assert milestone(row, "FPI").due == before["FPI"][1], "it hangs on the approval"
    granted = row.events.get(event="EXTENSION_GRANTED")
    assert (granted.old_date, granted.new_date) == (date(2027, 6, 30), date(2028, 6, 30))


def test_the_system_notices_an_end_that_passed(keeper) -> None:
    row = opened(keeper)
    with on(date(2027, 6, 30)):
        actions.review(SYSTEM, today=clock.today())
    assert Commitment.objects.get(id=row.id).state != "OVERDUE"
    with on(date(2027, 7, 1)):
        assert actions.review(SYSTEM, today=clock.today()) == 1
        assert actions.review(SYSTEM, today=clock.today()) == 0
        entry = row.events.get(event="DEADLINE_PASSED")
        assert entry.recorded_by_id is None
        with pytest.raises(Refused):
            step(keeper, row, Event.EXTENSION_GRANTED, document="x", new_deadline=date(2029, 1, 1))
    assert Commitment.objects.get(id=row.id).state == "OVERDUE"
    with pytest.raises(Denied):
        actions.review(keeper, today=TODAY)


def test_people_do_not_take_the_systems_steps(keeper) -> None:
    row = force(opened(keeper), state="ACTIVE")
    with pytest.raises(Refused) as refused:
        step(keeper, row, Event.RISK_SEEN)
    assert "" in refused.value.fields


@pytest.mark.parametrize("event", [Event.SUPPLEMENT_APPROVED, Event.RESTRICT])
def test_a_step_that_does_not_follow_is_refused_in_words(keeper, event) -> None:
    row = opened(keeper)
    with pytest.raises(Refused) as refused:
        step(keeper, row, event, document="1")
    assert "“" in str(refused.value)


# --- amending


def test_a_description_is_corrected_with_a_reason(keeper) -> None:
    row = opened(keeper)
    given = actions.Description(title="III 期", condition_text="须完成确证性试验", owner=keeper.id)
    with pytest.raises(Refused):
        actions.amend(keeper, row, given=given, lock_version=row.lock_version, reason=" ")
    done = actions.amend(keeper, row, given=given, lock_version=row.lock_version, reason="错字")
    assert done.condition_text == "须完成确证性试验"
    with pytest.raises(Conflict):
        actions.amend(keeper, row, given=given, lock_version=row.lock_version, reason="错字")
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        actions.amend(keeper, done, given=given, lock_version=done.lock_version, reason="错字")


def test_an_owner_without_the_product_is_refused(keeper) -> None:
    row = opened(keeper)
    stranger = factories.make_user(Role.NURSE)
    given = actions.Description(title="III 期", owner=stranger.id)
    with pytest.raises(Refused) as refused:
        actions.amend(keeper, row, given=given, lock_version=row.lock_version, reason="x")
    assert "owner" in refused.value.fields


# --- the overview


def test_gaps_and_unknown_are_never_full(keeper) -> None:
    before = queries.overview(keeper, today=TODAY)
    codes = {gap.indication.code for gap in before.gaps}
    assert {EXACT, MONTH} <= codes
    assert "AXI_CEL_LBCL_3L" not in codes
    unknown = {gap.indication.code for gap in before.unknown}
    assert "SATRI_CEL_GASTRIC" in unknown
    assert not unknown & codes
    opened(keeper, kind="REGISTRY", title="登记研究")
    opened(keeper, MONTH)
    after = {gap.indication.code for gap in queries.overview(keeper, today=TODAY).gaps}
    assert EXACT in after, "a registry is no confirmatory study"
    assert MONTH not in after


def test_at_risk_comes_first_and_green_needs_a_forecast(keeper) -> None:
    green = opened(keeper, MONTH, title="good")
    unknown = opened(keeper, "ZEVOR_CEL_MM", title="unknown")
    red = opened(keeper, "CILTA_CEL_MM", title="red")
    seen = {"forecast_on": TODAY, "forecast_seed": 1}
    force(green, forecast_p50=date(2027, 1, 1), forecast_p80=date(2028, 8, 1), **seen)
    force(red, forecast_p50=date(2028, 8, 2), forecast_p80=None, **seen)
    for row in Milestone.objects.filter(commitment__in=[green, unknown], due__lt=TODAY):
        update(keeper, row.commitment, row.code, actual=row.due)
    actions.review(SYSTEM, today=TODAY)
    assert Commitment.objects.get(id=unknown.id).state == "AT_RISK", "a forecast is needed"
    force(unknown, state="ACTIVE")
    lines = queries.overview(keeper, today=TODAY).lines
    assert [(line.commitment.title, line.status.group) for line in lines] == [
        ("red", "risk"),
        ("unknown", "update"),
        ("good", "good"),
    ]


def test_a_forecast_that_never_arrives_is_red_not_unknown(keeper) -> None:
    row = force(opened(keeper), forecast_on=TODAY, forecast_seed=1)
    found = queries.commitment_status(
        row, queries.milestones(keeper, row), queries.rulebook(), TODAY
    )
    assert found.outlook.colour == "red"


def test_the_page_asks_a_fixed_number_of_questions(keeper, django_assert_max_num_queries) -> None:
    queries.overview(keeper, today=TODAY)
    for code in (EXACT, MONTH, "ZEVOR_CEL_MM", "CILTA_CEL_MM"):
        opened(keeper, code)
    with django_assert_max_num_queries(9):
        assert len(queries.overview(keeper, today=TODAY).lines) == 4


def test_the_tick_makes_a_commitment_overdue_once_its_legal_end_has_passed(
    keeper: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = opened(keeper)
    # The test moves our clock by years, and the tick would rightly stop at that.
    monkeypatch.setattr(scheduler.queries, "skew", timedelta)
    duty = "pv.actions.commitments.review"
    for days in (0, 1):
        with on(row.legal_end + timedelta(days=days)):
            done = scheduler.tick(SYSTEM)
            assert duty not in done.failed
            row.refresh_from_db()
            assert (row.state == "OVERDUE") is (days == 1)
            assert scheduler.tick(SYSTEM).counts[duty] == 0, "once a day"
