"""The demo's generator: the same world gives the same lives, and they look like life."""

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from followup.core import clock
from followup.domain import schedules
from followup.domain.dates import PartialDate
from followup.domain.identity import (
    name_units,
    normalise_name,
    normalise_phone,
    read_national_id,
)
from followup.domain.infusion_details import NAMES, Setting, problems
from followup.domain.protocols import in_force, load
from followup.web.contacts_form import DISEASE
from pv.demo import visit_states
from pv.demo.casework import meddra_version, overlooked
from pv.demo.commitments_data import PROMISES, counted, reached
from pv.demo.contacts import answered
from pv.demo.facts import World
from pv.demo.lives import HORIZON, lives
from pv.demo.persons import REGIONS
from pv.demo.stories import JUST_REPORTED, RESULT_IN, stories
from pv.demo.world import LOGINS, SITES, uses

ROOT = Path(__file__).resolve().parents[3]
TODAY = date(2026, 11, 21)
COUNT = 600


def read(name):
    return json.loads((ROOT / "followup/reference" / f"{name}.json").read_text())


def world(seed=1, today=TODAY):
    approved = [
        (p["code"], i["code"], i["disease"], PartialDate.from_iso(i["approval"]["date"]).latest)
        for p in read("products")["products"]
        for i in p["indications"]
        if i["authorisation"] == "approved"
    ]
    protocol = in_force(load(read("protocols")).values(), "CN-LIFELONG", today)
    return World(seed, today, SITES, uses(approved), protocol)


@pytest.fixture(scope="module")
def crowd():
    return list(lives(world(), COUNT))


def test_the_same_world_gives_the_same_lives_and_another_seed_others(crowd):
    assert list(lives(world(), 40)) == crowd[:40]
    assert list(lives(world(seed=2), 40)) != crowd[:40]
    assert list(stories(world())) == list(stories(world()))


def test_every_product_and_every_site_is_there_early(crowd):
    assert len({life.infusion.product for life in crowd[:12]}) == 9
    assert {life.site for life in crowd} == {site.code for site in SITES}


def test_nothing_is_given_before_its_approval(crowd):
    since = {use.indication: use.since for use in world().uses}
    for life in crowd:
        if life.infusion.indication:
            assert since[life.infusion.indication] <= life.infusion.infused_on <= TODAY
        else:
            assert life.infusion.off_label_reason


def test_persons_are_valid_and_of_no_real_region(crowd):
    for life in crowd:
        person = life.person
        known = read_national_id(person.national_id, not_after=TODAY)
        assert (known.birth_date, known.sex) == (person.birth_date, person.sex)
        assert person.national_id[:6] in REGIONS
        assert person.national_id.startswith("99")
        assert normalise_name(person.name) == person.name
        assert len(name_units(person.name)) >= 2
        for number in person.numbers:
            assert normalise_phone(number.phone) == number.phone
    numbers = [life.person.national_id for life in crowd]
    assert len(set(numbers)) == COUNT
    names = [life.person.name for life in crowd]
    assert any("·" in name for name in names)
    assert any(name.startswith("欧阳") for name in names)


def test_facts_come_in_an_order_that_can_be(crowd):
    for life in crowd:
        infused = life.infusion.infused_on
        assert life.consented_on < infused <= life.registered_on <= TODAY
        days = [visit.on for visit in life.visits]
        assert days == sorted(days)
        assert all(infused <= day <= TODAY for day in days)
        assert all(event.onset.earliest <= event.aware_on <= TODAY for event in life.events)
        deaths = [visit for visit in life.visits if visit.vital_status == "DEAD"]
        assert len(deaths) <= 1
        if deaths:
            assert life.visits[-1] is deaths[0]
            assert life.died_on.earliest <= deaths[0].on
        if life.lost_on:
            assert life.last_contact_on < life.lost_on


def test_completeness_events_and_deaths_are_of_a_lifelike_size(crowd):
    due = kept = 0
    for life in crowd:
        if life.died_on or life.lost_on:
            continue
        codes = {visit.code for visit in life.visits}
        for visit in schedules.plan(life.infusion.infused_on, world().protocol, TODAY):
            if visit.code != "BL" and visit.window_end < TODAY:
                due += 1
                kept += visit.code in codes
    assert 0.79 < kept / due < 0.85
    years = sum((TODAY - life.infusion.infused_on).days for life in crowd) / 365.25
    malignancies = sum(e.is_new_malignancy for life in crowd for e in life.events)
    # Observed time ends with death and loss, so the rate per calendar year lies below 3.4 %.
    assert 0.012 < malignancies / years < 0.045
    dead = sum(life.died_on is not None for life in crowd)
    assert 0.2 < dead / COUNT < 0.45
    assert 2 <= sum(life.lost_on is not None for life in crowd) <= 20


def test_no_t_cell_case_outside_the_stories(crowd):
    assert not [e for life in crowd for e in life.events if e.t_cell_suspected]
    told = {life.story: life for life in stories(world())}
    assert set(told) == {JUST_REPORTED, RESULT_IN}
    for life in told.values():
        assert life.events[-1].t_cell_suspected
        assert life.died_on is None
        assert life.visits[-1].on < life.events[-1].aware_on
    assert told[JUST_REPORTED].events[-1].aware_on == TODAY - timedelta(days=3)


def test_stories_wait_for_their_product():
    assert list(stories(world(today=date(2021, 12, 1)))) == []


def test_the_ledger_closes_what_is_over(crowd):
    for life in crowd:
        infused = life.infusion.infused_on
        planned = schedules.plan(infused, world().protocol, max(infused, TODAY) + HORIZON)
        lines = list(visit_states.lines(life, planned, TODAY))
        done = [line for line in lines if line.done_on]
        coded = [visit for visit in life.visits if visit.code]
        assert [(line.visit.code, line.done_on) for line in done] == [
            (visit.code, visit.on) for visit in coded
        ]
        states = Counter(line.state for line in lines)
        if life.died_on:
            assert states["PLANNED"] == 0
        else:
            assert states["CANCELLED"] == 0
            opened = [line for line in lines if line.visit.window_start <= TODAY]
            assert all(line.state != "PLANNED" for line in opened[:-1])


def test_versions_of_the_dictionary_follow_the_calendar():
    assert meddra_version(date(2021, 6, 1)) == "24.0"
    assert meddra_version(date(2026, 2, 28)) == "28.1"
    assert meddra_version(date(2026, 9, 1)) == "29.1"


def test_the_overlooked_report_is_serious_and_due(crowd):
    event = overlooked(crowd, TODAY)
    assert event.serious
    assert 16 < (TODAY - event.aware_on).days < 200


def test_logins_are_many_enough_strong_and_of_every_role():
    assert {login.role for login in LOGINS} >= {login.role for login in LOGINS if login.shown}
    assert len({login.role for login in LOGINS if login.shown}) == 9
    assert len({login.username for login in LOGINS}) == len(LOGINS)
    assert all(len(login.password) >= 15 for login in LOGINS)


def test_milestones_come_in_order_and_say_why_they_are_late():
    due = {"FPI": date(2025, 1, 31), "P25": date(2025, 6, 30), "P50": date(2026, 12, 31)}
    promise = next(p for p in PROMISES if p.indication == "EQUE_CEL_MM")
    found = reached(promise, due, TODAY)
    assert [milestone.code for milestone in found] == ["FPI", "P25"]
    assert all(milestone.on > due[milestone.code] and milestone.reason for milestone in found)
    assert found == reached(promise, due, TODAY + timedelta(days=400))


def test_enrolment_grows_and_its_parts_add_up():
    for promise in PROMISES:
        counts = counted(promise, date(2024, 5, 1), date(2026, 1, 1), TODAY)
        if promise.pace is None:
            assert counts == ()
            continue
        assert [c.on for c in counts] == sorted(c.on for c in counts)
        assert [c.enrolled for c in counts] == sorted(c.enrolled for c in counts)
        assert all(c.lost is None for c in counts[:-1])
        last = counts[-1]
        assert last.lost + last.matured <= last.enrolled
        assert last.on < TODAY
    assert counted(PROMISES[0], TODAY, TODAY, TODAY) == ()


def test_contacts_answer_what_the_form_asks_and_the_criteria_have_their_own_code(crowd):
    answers = {code for code, _label in DISEASE} | {""}
    counted: Counter[str] = Counter()
    for life in crowd:
        told = [visit for visit in life.visits if visit.disease_status]
        assert {visit.disease_status for visit in told} <= answers
        worse = [visit for visit in told if visit.disease_status == "PROGRESSION"]
        assert len({visit.progressed_on for visit in worse}) <= 1
        for visit in told:
            counted[visit.response] += 1
            reason = visit.unanswered_reason
            assert bool(reason) == (visit.disease_status == "NOT_ASSESSED")
            dated = visit.progressed_on is not None
            assert dated == (visit.disease_status == "PROGRESSION")
            assert not dated or visit.progressed_on.latest <= visit.on
    assert {"CR", "VGPR", "SD", "PD", "RELAPSE"} <= set(counted)


@pytest.mark.parametrize(
    ("response", "answer"),
    [("CR", "REMISSION"), ("VGPR", "REMISSION"), ("PD", "PROGRESSION"), ("RELAPSE", "PROGRESSION")],
)
def test_a_response_is_answered_as_the_form_would_have_it(response, answer):
    assert answered(response) == (answer, "")
    assert answered("SD")[0] == "NOT_ASSESSED"
    assert answered("") == ("", "")


def test_most_infusions_say_how_they_were_made_and_none_says_what_cannot_be(crowd):
    described = [life for life in crowd if life.infusion.details.recorded()]
    assert 0.8 < len(described) / len(crowd) < 0.95
    assert {len(life.infusion.details.recorded()) for life in described} >= {10, 12, 14}
    for life in described:
        given = life.infusion
        evening = datetime.combine(given.infused_on, time(16), clock.SHANGHAI)
        of = Setting(given.infused_on, evening, NAMES, life.person.birth_date.year)
        assert problems(given.details, of) == {}
