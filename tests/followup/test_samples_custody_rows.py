"""Custody as rows that only grow: steps, days and times, corrections, taking back, answers."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import translation

from followup.actions import samples
from followup.core import clock
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Conflict, Denied, Refused
from followup.domain.samples import Moment
from followup.models import CustodyEvent, Sample
from followup.queries import samples as queries
from tests import factories

pytestmark = pytest.mark.django_db


def day(back: int = 0) -> Moment:
    return Moment(clock.today() - timedelta(days=back))


def at(back: int, hour: int, minute: int = 0) -> Moment:
    on = clock.today() - timedelta(days=back)
    return Moment(on, datetime.combine(on, time(hour, minute), clock.SHANGHAI))


@pytest.fixture
def suspected():
    site = factories.make_site()
    actor = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(actor, site, purposes=("LTFU", "SAMPLES"))
    return actor, factories.malignancy(actor, patient)


def planned(event, code: str) -> Sample:
    return Sample.objects.get(event=event, code=code)


def test_a_tube_from_the_vein_to_the_laboratory(suspected) -> None:
    actor, event = suspected
    tube = planned(event, "B1")
    steps = [
        ("COLLECT", at(3, 9, 30), {"place": "病房"}),
        (
            "SHIP",
            at(3, 15),
            {"place": "中心实验室", "carrier": "SF 1234", "condition": "cool_2_8", "abroad": False},
        ),
        ("RECEIVE", day(2), {"place": "中心实验室"}),
        ("START_TEST", day(1), {"place": "中心实验室"}),
    ]
    for step, happened, more in steps:
        samples.record_step(actor, tube, step=step, happened_at=happened, **more)
    tube.refresh_from_db()
    assert tube.state == "IN_TESTING"
    lines = queries.custody(actor, tube)
    assert [line.row.step for line in lines] == ["PLAN", "COLLECT", "SHIP", "RECEIVE", "START_TEST"]
    received = lines[3].row
    assert received.happened_on == day(2).on
    assert received.happened_at is None  # a day is not made into a time
    assert lines[2].condition.label_en == "2 to 8 °C"


@pytest.mark.parametrize(
    ("step", "happened", "more", "field"),
    [
        ("COLLECT", day(), {}, "place"),
        ("COLLECT", Moment(None), {"place": "病房"}, "happened_on"),
        ("COLLECT", day(-1), {"place": "病房"}, "happened_on"),
        ("COLLECT", day(4000), {"place": "病房"}, "happened_on"),
        ("COLLECT", day(), {"place": "病房", "condition": "warm"}, "condition"),
        ("RECEIVE", day(), {"place": "x"}, ""),
        ("RESULT", day(), {}, "step"),
        ("BURN", day(), {}, "step"),
        ("MARK_UNOBTAINABLE", day(), {}, "reason"),
        ("MARK_UNOBTAINABLE", day(), {"reason": "BECAUSE"}, "reason"),
        ("MARK_UNOBTAINABLE", day(), {"reason": "OTHER"}, "note"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(suspected, step, happened, more, field) -> None:
    actor, event = suspected
    tube = planned(event, "B1")
    with pytest.raises(Refused) as refused:
        samples.record_step(actor, tube, step=step, happened_at=happened, **more)
    assert field in refused.value.fields
    tube.refresh_from_db()
    assert tube.state == "PLANNED"
    assert tube.custody.count() == 1


def test_order_holds_by_the_day_and_by_the_time_where_known(suspected) -> None:
    actor, event = suspected
    tube = planned(event, "B1")
    samples.record_step(actor, tube, step="COLLECT", happened_at=at(2, 10), place="病房")
    for early in (day(3), at(2, 9, 59)):
        with pytest.raises(Refused) as refused:
            samples.record_step(actor, tube, step="STORE", happened_at=early, place="-80 A3")
        assert "happened_on" in refused.value.fields
    # The same day without a time may have been later: nobody can say it was not.
    samples.record_step(actor, tube, step="STORE", happened_at=day(2), place="-80 A3")


def test_a_retained_sample_is_answered_never_assumed(suspected) -> None:
    actor, event = suspected
    vial, block, bag = (planned(event, code) for code in ("P2", "P3", "P1"))
    samples.answer_held(actor, vial, held="YES", happened_at=day(), place="制剂中心 LN2 罐 4")
    samples.answer_held(actor, block, held="NO", happened_at=day(), reason="NOT_RETAINED")
    samples.answer_held(actor, bag, held="UNKNOWN", happened_at=day())
    states = {s.code: (s.held, s.state) for s in Sample.objects.filter(event=event, phase="PRE")}
    assert states == {
        "P2": ("YES", "STORED"),
        "P3": ("NO", "UNOBTAINABLE"),
        "P1": ("UNKNOWN", "PLANNED"),
    }
    with pytest.raises(Refused):
        samples.answer_held(actor, planned(event, "B1"), held="YES", happened_at=day(), place="x")
    with pytest.raises(Refused) as refused:
        samples.answer_held(actor, bag, held="YES", happened_at=day())
    assert "place" in refused.value.fields
    bag.refresh_from_db()
    assert bag.held == "UNKNOWN"  # the refused answer left nothing behind
    described = queries.described(actor, queries.of_event(actor, event))
    assert queries.pre_treatment(described).value == "YES"
    pairs = {
        (p.pairing.pre, p.pairing.post): p.state.value for p in queries.pairs(actor, described)
    }
    assert pairs["P3", "T2"] == "PRE_MISSING"
    assert pairs["P2", "T1"] == "UNKNOWN"


def test_found_after_all(suspected) -> None:
    actor, event = suspected
    block = planned(event, "P3")
    samples.answer_held(actor, block, held="NO", happened_at=day(), reason="NOT_RETAINED")
    samples.record_step(actor, block, step="PLAN", happened_at=day(), reason="FOUND_LATER")
    block.refresh_from_db()
    assert (block.state, block.held) == ("PLANNED", "")


def test_a_correction_is_a_row_that_replaces(suspected) -> None:
    actor, event = suspected
    tube = planned(event, "B1")
    wrong = samples.record_step(actor, tube, step="COLLECT", happened_at=day(1), place="病房")
    samples.record_step(actor, tube, step="STORE", happened_at=day(), place="-80 A3")
    with pytest.raises(Refused):
        samples.correct_step(actor, wrong, happened_at=day(2), place="手术室", reason=" ")
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        samples.correct_step(actor, wrong, happened_at=day(1), place="病房", reason="no change")
    right = samples.correct_step(
        actor, wrong, happened_at=day(2), place="手术室", reason="地点和日期填错"
    )
    assert right.replaces_id == wrong.id
    lines = {line.row.id: line for line in queries.custody(actor, tube)}
    assert lines[wrong.id].superseded
    assert lines[wrong.id].row.place == "病房"
    with pytest.raises(Conflict):
        samples.correct_step(actor, wrong, happened_at=day(2), place="x", reason="y")
    with pytest.raises(Refused):  # a correction may not break the chain after it
        samples.correct_step(actor, right, happened_at=Moment(None), place="x", reason="y")
    tube.refresh_from_db()
    assert tube.state == "STORED"
    trail = Change.objects.get(table_name="followup_custodyevent", row_id=str(right.id))
    assert (trail.action, trail.reason) == ("sample.correct_step", "地点和日期填错")


def test_only_the_last_step_is_taken_back_and_later_with_a_reason(suspected) -> None:
    actor, event = suspected
    tube = planned(event, "B1")
    first = samples.record_step(actor, tube, step="COLLECT", happened_at=day(), place="病房")
    last = samples.record_step(actor, tube, step="STORE", happened_at=day(), place="-80")
    with pytest.raises(Refused):
        samples.take_back(actor, first)
    assert samples.take_back(actor, last).state == "COLLECTED"
    assert samples.take_back(actor, first).state == "PLANNED"
    assert CustodyEvent.objects.filter(sample=tube).count() == 5
    plan = CustodyEvent.objects.get(sample=tube, step="PLAN")
    with pytest.raises(Refused):
        samples.take_back(actor, plan)
    again = samples.record_step(actor, tube, step="COLLECT", happened_at=day(), place="病房")
    assert samples.take_back(actor, again, reason="贴错管").state == "PLANNED"


def test_taking_back_late_needs_a_reason(suspected, travel) -> None:
    actor, event = suspected
    step = samples.record_step(
        actor, planned(event, "B1"), step="COLLECT", happened_at=day(), place="病房"
    )
    travel(timedelta(minutes=2))
    with pytest.raises(Refused) as refused:
        samples.take_back(actor, step)
    assert "reason" in refused.value.fields


def test_several_at_once_are_all_or_none(suspected) -> None:
    actor, event = suspected
    tubes = list(Sample.objects.filter(event=event, phase="POST"))
    step = {"step": "COLLECT", "happened_at": day(), "place": "病房"}
    samples.record_step(actor, tubes[0], **step)
    with pytest.raises(Refused) as refused:
        samples.record_steps(actor, tubes, **step)
    assert tubes[0].number in str(refused.value)
    assert Sample.objects.filter(event=event, state="COLLECTED").count() == 1
    assert len(samples.record_steps(actor, tubes[1:], **step)) == len(tubes) - 1


def test_limits_warn_and_never_block(suspected, monkeypatch) -> None:
    actor, event = suspected
    tube, tissue = planned(event, "B1"), planned(event, "T3")
    samples.record_step(actor, tube, step="COLLECT", happened_at=at(4, 10), place="病房")
    tube.refresh_from_db()
    verdicts = {v.limit.purpose: v for v in queries.warnings(actor, tube, now=clock.now())}
    assert verdicts["dna"].answer.value == "EXCEEDED"
    assert verdicts["pbmc"].answer.value == "EXCEEDED"
    assert "laboratory" in verdicts["dna"].limit.citation
    samples.record_step(actor, tube, step="STORE", happened_at=day(), place="-80")
    samples.record_step(actor, tissue, step="COLLECT", happened_at=day(2), place="手术室")
    tissue.refresh_from_db()
    noon = datetime.combine(clock.today(), time(12), clock.SHANGHAI)
    (verdict,) = queries.warnings(actor, tissue, now=noon)
    # Taken some time on that day: 36 to 60 hours ago, so 48 hours are neither kept nor passed.
    assert verdict.answer.value == "UNKNOWN"


def test_who_may_only_read_records_nothing(suspected) -> None:
    _actor, event = suspected
    auditor = factories.make_actor(Role.AUDITOR)
    with pytest.raises(Denied):
        samples.record_step(
            auditor, planned(event, "B1"), step="COLLECT", happened_at=day(), place="x"
        )
