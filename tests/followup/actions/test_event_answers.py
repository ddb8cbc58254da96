"""What an event stores: contradictions refused, doubts asked, flags as the last facts say."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import translation

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change, User
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import PartialDate
from followup.models import AdverseEvent
from pv.models import Case, WorkUp
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site)


def known(**more: Any) -> EventInput:
    values: dict[str, Any] = {
        "verbatim": "发热",
        "aware_on": clock.today(),
        "reporter_name": "李护士",
    }
    return EventInput(**values | more)


def report(nurse, patient, **more: Any) -> AdverseEvent:
    return events.report(nurse, factories.infusion_of(patient), given=known(**more))


def test_a_fatal_outcome_is_a_serious_death_on_the_clock_of_a_death(nurse, patient):
    event = report(nurse, patient, outcome="FATAL")
    assert (event.serious, event.seriousness) == (True, ["DEATH"])
    case = Case.objects.get(patient=patient)
    assert case.fatal is True
    assert "CN-D" in [clock.rule for clock in case.clocks.all()]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"outcome": "FATAL", "serious": False}, "serious"),
        ({"grade": 5, "grade_scale": "CTCAE_5", "outcome": "RECOVERED"}, "outcome"),
        ({"serious": True, "seriousness": ["DEATH"], "outcome": "RECOVERED"}, "outcome"),
        ({"ended": PartialDate.from_iso("1990-01-01"), "onset": PartialDate(2026, 11)}, "ended"),
    ],
)
def test_a_contradiction_is_refused_at_its_field_also_at_a_correction(nurse, patient, more, field):
    with pytest.raises(Refused) as refused:
        report(nurse, patient, **more)
    assert field in refused.value.fields
    event = report(nurse, patient)
    with pytest.raises(Refused) as refused:
        events.correct(nurse, event, given=known(**more), version=1, reason="病历")
    assert field in refused.value.fields
    event.refresh_from_db()
    assert event.version == 1


def test_an_onset_before_the_infusion_is_asked_and_the_answer_stays_in_the_trail(nurse, patient):
    early = PartialDate.of(factories.infusion_of(patient).infused_on - timedelta(days=3))
    with pytest.raises(Unconfirmed) as asked:
        report(nurse, patient, onset=early)
    assert not AdverseEvent.objects.filter(patient=patient).exists()
    keys = [question.key for question in asked.value.questions]
    with translation.override("en"):
        event = report(nurse, patient, onset=early, confirmed=keys)
    change = Change.objects.get(table_name="followup_adverseevent", row_id=str(event.id))
    assert "before the infusion" in change.reason
    assert early.isoformat() in change.reason
    # What was confirmed once is not asked again when something else changes.
    row = events.correct(
        nurse, event, given=known(onset=early, note="无发热"), version=1, reason="补充"
    )
    assert row.version == 2
    earlier = PartialDate.of(early.earliest - timedelta(days=30))
    with pytest.raises(Unconfirmed):
        events.correct(
            nurse, row, given=known(onset=earlier, confirmed=keys), version=2, reason="更正"
        )


def test_an_awareness_of_1986_is_asked_about(nurse, patient):
    with pytest.raises(Unconfirmed) as asked:
        report(nurse, patient, aware_on=date(1986, 11, 28))
    assert [question.code for question in asked.value.questions] == ["aware_before_infusion"]


def test_no_event_begins_after_the_recorded_death(nurse, patient):
    died = clock.today() - timedelta(days=8)
    factories.call(
        nurse, patient, informant="FAMILY", vital_status="DEAD", died_on=PartialDate.of(died)
    )
    with pytest.raises(Refused) as refused:
        report(nurse, patient, onset=PartialDate.of(died + timedelta(days=1)))
    assert died.isoformat() in str(refused.value.fields["onset"][0])
    assert report(nurse, patient, onset=PartialDate.of(died)).onset_text == died.isoformat()


def test_pregnancy_of_a_man_is_refused_and_of_an_unknown_sex_asked(nurse, patient, site):
    values = {"kind": "PREGNANCY", "pregnancy_of": "PATIENT"}
    with pytest.raises(Refused) as refused:
        report(nurse, patient, **values)
    assert "pregnancy_of" in refused.value.fields
    somebody = factories.register(nurse, site, sex="UNKNOWN")
    with pytest.raises(Unconfirmed):
        report(nurse, somebody, **values)
    woman = factories.register(nurse, site, sex="FEMALE")
    report(nurse, woman, **values)
    with pytest.raises(Unconfirmed) as asked:
        report(nurse, woman, **values)
    assert [question.code for question in asked.value.questions] == ["another_pregnancy"]


@pytest.mark.parametrize("answer", ["YES", "NO", "UNKNOWN", True, False])
def test_whether_a_t_cell_malignancy_is_suspected_is_kept(nurse, patient, answer):
    event = factories.malignancy(nurse, patient, t_cell_suspected=answer)
    event.refresh_from_db()
    assert event.t_cell_suspected == {True: "YES", False: "NO"}.get(answer, answer)


def test_a_changed_suspicion_alone_is_a_change_that_safety_learns(nurse, patient):
    event = factories.malignancy(nurse, patient)
    before = WorkUp.objects.get(case__patient=patient).version
    given = known(
        verbatim=event.verbatim,
        reporter_qualification="NURSE",
        is_new_malignancy=True,
        t_cell_suspected="NO",
        seriousness=event.seriousness,
    )
    row = events.correct(nurse, event, given=given, version=1, reason="会诊")
    assert (row.version, row.t_cell_suspected) == (2, "NO")
    case = Case.objects.get(patient=patient)
    assert case.sources.filter(reference=f"{event.id}:2").exists()
    assert WorkUp.objects.get(case=case).version > before


def test_a_stale_correction_carries_what_was_opened_and_who_saved(nurse, patient, site):
    event = report(nurse, patient, onset=PartialDate(2026, 11))
    other = factories.make_actor(Role.NURSE, site=site)
    events.correct(other, event, given=known(outcome="RECOVERED"), version=1, reason="随访")
    with pytest.raises(Conflict) as conflict:
        events.correct(nurse, event, given=known(note="x"), version=1, reason="病历")
    assert conflict.value.opened.onset_text == "2026-11"
    assert conflict.value.present.outcome == "RECOVERED"
    assert conflict.value.saved_by == User.objects.get(id=other.id).display_name
    assert conflict.value.differences["outcome"] == ("", "RECOVERED")
