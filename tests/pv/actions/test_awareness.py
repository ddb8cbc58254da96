"""The day one learned of something sets the clock, corrected in both directions with a reason."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import translation

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.problems import Refused
from followup.domain.facts import MalignancySuspected
from pv.actions import cases, icsr
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.read import read_batch
from pv.models import Case
from pv.queries import calendars
from pv.queries import cases as queries
from pv.web import safety_banners
from tests import factories

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10035664"}


def ago(days: int) -> date:
    return clock.today() - timedelta(days=days)


GIVEN = EventInput(
    verbatim="肺炎",
    aware_on=clock.today(),
    reporter_name="李医生",
    reporter_qualification="PHYSICIAN",
    serious=True,
    seriousness=("HOSPITALISATION",),
    outcome="NOT_RECOVERED",
)


@pytest.fixture
def infusion(nurse):
    site = factories.Site.objects.order_by("-code").first()
    return factories.infusion_of(factories.register(nurse, site))


def report(nurse, infusion, **more):
    event = events.report(nurse, infusion, given=replace(GIVEN, **more))
    return event, Case.objects.get(sources__event=event)


def correct(nurse, event, learned_on=None, **more):
    given = replace(GIVEN, **{"aware_on": event.aware_on, **more})
    return events.correct(
        nurse,
        event,
        given=given,
        version=event.version,
        reason="抄错日期",
        learned_on=learned_on,
    )


def running(case) -> dict[str, date]:
    rows = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    return {row.rule: row.day_zero for row in rows}


def release(officer, case):
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    return factories.release(officer, case, profile=Profile.NMPA)


@pytest.mark.parametrize(("first", "then"), [(0, 10), (10, 0), (3, 1)])
def test_a_corrected_awareness_moves_everything_that_hangs_on_it(
    nurse, officer, infusion, first, then
):
    event, case = report(nurse, infusion, aware_on=ago(first))
    correct(nurse, event, aware_on=ago(then))
    case.refresh_from_db()
    assert (case.day_zero, case.received_on) == (ago(then), ago(then))
    assert case.next_due == ago(then) + timedelta(days=15)
    old = case.clocks.get(stopped_at__isnull=False)
    assert old.day_zero == ago(first)
    assert (old.stop_code, old.stop_days) == ("zero_moved", [str(ago(first)), str(ago(then))])
    assert old.stop_reason == "抄错日期"
    root = queries.message(case.versions.get()).root
    wanted = ago(then).strftime("%Y%m%d")
    assert (root.text("C.1.4"), root.text("C.1.5")) == (wanted, wanted)
    assert case.versions.get().information_on == ago(then)
    shown = queries.page(officer, today=clock.today()).items
    assert [item.clock.due for item in shown if item.case.id == case.id] == [case.next_due]
    note, *_own_duties = safety_banners.of_event(nurse, event)
    assert str(case.next_due) in note.text
    feed = [
        e.on for e in calendars.entries(officer, today=clock.today()) if e.target == str(case.id)
    ]
    assert feed == [case.next_due]


def test_it_moves_after_the_report_was_sent_and_shows_that_it_was_late(nurse, officer, infusion):
    event, case = report(nurse, infusion, aware_on=ago(5))
    icsr.mark_sent(officer, release(officer, case), on=clock.today())
    correct(nurse, event, aware_on=ago(20))
    case.refresh_from_db()
    now = case.clocks.get(stopped_at__isnull=True)
    assert (now.day_zero, now.met_on, now.due) == (ago(20), clock.today(), ago(5))
    assert case.clocks.filter(stopped_at__isnull=False, met_on=clock.today()).count() == 1
    case = cases.new_version(officer, case, kind="amendment", lock_version=case.lock_version)
    root = queries.message(case.versions.get(number=2)).root
    assert root.text("C.1.4") == ago(20).strftime("%Y%m%d")


def test_a_pure_correction_of_the_day_is_no_new_information(nurse, officer, infusion):
    event, case = report(nurse, infusion, aware_on=ago(5))
    icsr.mark_sent(officer, release(officer, case), on=clock.today())
    correct(nurse, event, aware_on=ago(7))
    assert not case.clocks.filter(rule="CN-FU").exists()


def test_classifying_an_event_is_no_new_information(nurse, officer, infusion, told_facts):
    event, case = report(nurse, infusion, aware_on=ago(5), is_new_malignancy=False)
    icsr.mark_sent(officer, release(officer, case), on=clock.today())

    def clocks():
        return list(case.clocks.order_by("id").values_list("rule", "day_zero", "due", "stopped_at"))

    before, sources = clocks(), case.sources.count()
    said = {"event_class": "INFECTION", "infection_type": "CMV", "infection_site": "肺"}
    event = correct(nurse, event, **said)
    assert told_facts[-1].changed == set(said)
    assert (clocks(), case.sources.count()) == (before, sources)
    correct(nurse, event, **said, iv_anti_infective="NO", note="已出院")
    assert case.sources.count() == sources + 1, "what else changed reaches the case as before"
    assert case.clocks.filter(rule="CN-FU").exists()


def test_what_a_correction_brings_has_its_own_day(nurse, infusion, told_facts):
    event, case = report(
        nurse, infusion, aware_on=ago(20), serious=False, seriousness=(), outcome="UNKNOWN"
    )
    correct(
        nurse,
        event,
        learned_on=ago(6),
        seriousness=("DEATH",),
        outcome="FATAL",
        is_new_malignancy=True,
    )
    case.refresh_from_db()
    assert running(case) == {"CN-N": ago(20), "CN-D": ago(6), "CN-D:investigation": ago(6)}
    assert case.next_due == ago(6)
    assert (case.serious, case.fatal, case.day_zero) == (True, True, ago(20))
    suspected = [f for f in told_facts if isinstance(f, MalignancySuspected)]
    assert [f.aware_on for f in suspected] == [ago(6)]


@pytest.fixture
def told_facts(monkeypatch):
    facts = []
    tell = events.publish

    def listen(actor, *published):
        facts.extend(published)
        tell(actor, *published)

    monkeypatch.setattr(events, "publish", listen)
    return facts


def test_the_day_of_the_correction_lies_between_the_event_and_today(nurse, infusion):
    event, _case = report(nurse, infusion, aware_on=ago(5))
    for wrong in (ago(6), ago(-1)):
        with pytest.raises(Refused) as refused:
            correct(nurse, event, learned_on=wrong, outcome="UNKNOWN")
        assert "learned_on" in refused.value.fields


@pytest.mark.parametrize("day", [9, 2])
def test_the_day_of_an_upgrade_can_be_corrected(nurse, officer, infusion, day):
    event, case = report(nurse, infusion, aware_on=ago(20), serious=False, seriousness=())
    correct(nurse, event, learned_on=ago(6), serious=True, seriousness=("DISABILITY",))
    source = case.sources.order_by("-taken_at").first()
    case.refresh_from_db()
    case = cases.correct_awareness(
        officer,
        case,
        source=source,
        on=ago(day),
        reason="病历记载的日期",
        lock_version=case.lock_version,
    )
    assert running(case) == {"CN-N": ago(20), "CN-S": ago(day)}
    assert case.clocks.get(stopped_at__isnull=False).day_zero == ago(6)


def test_a_day_of_awareness_is_not_corrected_without_a_reason_or_into_the_future(
    nurse, officer, infusion
):
    _event, case = report(nurse, infusion, aware_on=ago(20))
    values = {"source": case.sources.get(), "lock_version": case.lock_version}
    with pytest.raises(Refused) as refused:
        cases.correct_awareness(officer, case, on=ago(-1), reason=" ", **values)
    assert set(refused.value.fields) == {"on", "reason"}
    with translation.override("en"), pytest.raises(Refused, match="Nothing is different"):
        cases.correct_awareness(officer, case, on=ago(20), reason="no change", **values)


def test_a_follow_up_version_starts_its_clock_and_its_day_can_be_corrected(
    nurse, officer, infusion
):
    _event, case = report(nurse, infusion, aware_on=ago(20))
    icsr.mark_sent(officer, release(officer, case), on=clock.today())
    case.refresh_from_db()
    case = cases.new_version(
        officer, case, kind="follow_up", information_on=ago(4), lock_version=case.lock_version
    )
    assert running(case) == {"CN-FU": ago(4)}
    assert case.next_due == ago(4) + timedelta(days=15)
    case = cases.correct_awareness(
        officer,
        case,
        source=case.sources.get(kind="follow_up"),
        on=ago(8),
        reason="邮戳日期",
        lock_version=case.lock_version,
    )
    assert running(case) == {"CN-FU": ago(8)}
    version = case.versions.get(number=2)
    assert version.information_on == ago(8)
    assert queries.message(version).root.text("C.1.5") == ago(8).strftime("%Y%m%d")


def test_an_amendment_brings_nothing_new(nurse, officer, infusion):
    _event, case = report(nurse, infusion, aware_on=ago(20))
    icsr.mark_sent(officer, release(officer, case), on=clock.today())
    case.refresh_from_db()
    case = cases.new_version(officer, case, kind="amendment", lock_version=case.lock_version)
    assert running(case) == {}
    version = case.versions.get(number=2)
    root = queries.message(version).root
    assert version.information_on == ago(20)
    assert (root.text("C.1.5"), root.text("C.1.11.1")) == (ago(20).strftime("%Y%m%d"), "2")


def test_the_day_of_awareness_is_not_typed_over_in_the_element_form(nurse, officer, infusion):
    _event, case = report(nurse, infusion, aware_on=ago(20))
    with pytest.raises(Refused) as refused:
        cases.edit(officer, case, changes={"C.1.4": "20261101"}, lock_version=case.lock_version)
    assert "C.1.4" in refused.value.fields


def test_stored_files_say_the_corrected_day(nurse, officer, infusion):
    event, case = report(nurse, infusion, aware_on=ago(2))
    correct(nurse, event, aware_on=ago(9))
    case.refresh_from_db()
    file = release(officer, case)
    root = read_batch(bytes(file.content)).messages[0].root
    assert root.text("C.1.4") == ago(9).strftime("%Y%m%d")


def test_what_was_known_on_a_day_is_told_apart_from_today(nurse, officer, infusion):
    event, case = report(nurse, infusion, aware_on=ago(40), serious=False, seriousness=())
    correct(nurse, event, learned_on=ago(3), serious=True, seriousness=("DISABILITY",))
    case.refresh_from_db()
    assert queries.flags_on(officer, case, ago(10)).serious is False
    assert queries.flags_on(officer, case, clock.today()).serious is True


def story(case) -> dict[str, object]:
    """What a case and its work-up came to, without the ids and times of the run."""
    case.refresh_from_db()
    work_up = case.work_up
    return {
        "case": (case.stage, case.day_zero, case.next_due, case.current_version, case.title),
        "clocks": running(case),
        "sources": list(case.sources.order_by("taken_at").values_list("kind", "received_on")),
        "narratives": list(case.versions.values_list("narrative_en", flat=True)),
        "work_up": (work_up.state, work_up.level, work_up.attribution, work_up.version),
        "reasoning": work_up.reasoning,
    }


@pytest.mark.parametrize("suspected_in", ["report", "correction"])
def test_the_order_in_which_facts_are_named_changes_nothing(
    nurse, infusion, monkeypatch, suspected_in
):
    publish, stories = events.publish, []
    for turn in (1, -1):
        monkeypatch.setattr(
            events, "publish", lambda actor, *facts, turn=turn: publish(actor, *facts[::turn])
        )
        later = suspected_in == "correction"
        with transaction.atomic():
            event, case = report(nurse, infusion, aware_on=ago(5), is_new_malignancy=not later)
            if later:
                correct(nurse, event, learned_on=ago(2), is_new_malignancy=True)
            stories.append(story(case))
            transaction.set_rollback(True)
    assert stories[0] == stories[1]
