"""Seriousness and death reach flags, clocks and lists whoever states them and wherever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.dates import PartialDate
from pv.actions import cases, icsr
from pv.domain.cases.flags import Flags, of_event, of_tree
from pv.domain.e2b.checks import Profile
from pv.domain.e2b.message import Node
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
GIVEN = EventInput(
    verbatim="发热",
    aware_on=TODAY - timedelta(days=10),
    reporter_name="李护士",
    reporter_qualification="NURSE",
)


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("FLG"))


@pytest.fixture
def infusion(nurse):
    return factories.infusion_of(factories.register(nurse, factories.Site.objects.get(code="FLG")))


def report(nurse, infusion, **more):
    event = events.report(nurse, infusion, given=replace(GIVEN, **more))
    return Case.objects.get(sources__event=event)


def rules_of(case):
    rows = case.clocks.filter(stopped_at__isnull=True)
    return {row.rule: (row.day_zero - GIVEN.aware_on).days for row in rows}


def edit(officer, case, changes, **more):
    case = Case.objects.get(id=case.id)
    return cases.edit(officer, case, changes=changes, lock_version=case.lock_version, **more)


@pytest.mark.parametrize("answers", [{"outcome": "FATAL"}, {"grade": 5, "grade_scale": "CTCAE_5"}])
def test_a_death_said_in_any_way_runs_on_the_clock_of_a_death(nurse, infusion, answers):
    case = report(nurse, infusion, **answers)
    assert (case.serious, case.fatal) == (True, True)
    assert rules_of(case) == {"CN-D": 0, "CN-D:investigation": 0}
    version = case.versions.get()
    assert (version.serious, version.fatal) == (True, True)


def test_nobody_judged_stays_unknown_on_the_serious_clock(nurse, infusion):
    case = report(nurse, infusion)
    assert (case.serious, case.fatal) == (None, None)
    assert rules_of(case) == {"CN-S": 0}


@pytest.mark.parametrize(
    ("changes", "fatal", "clocks"),
    [
        ({"E.i[1].3.2f": "true"}, False, {"CN-S"}),
        ({"E.i[1].3.2c": "true"}, False, {"CN-S"}),
        ({"E.i[1].3.2a": "true", "E.i[1].3.2f": "true"}, True, {"CN-D", "CN-D:investigation"}),
        ({"E.i[1].7": "5"}, True, {"CN-D", "CN-D:investigation"}),
        ({"D.9.1": "20261120"}, True, {"CN-D", "CN-D:investigation"}),
    ],
)
def test_what_the_holder_states_in_the_case_starts_its_clock(
    nurse, officer, infusion, changes, fatal, clocks
):
    case = report(nurse, infusion, serious=False)
    day = GIVEN.aware_on + timedelta(days=4)
    case = edit(officer, case, changes, learned_on=day)
    assert (case.serious, case.fatal) == (True, fatal)
    assert rules_of(case) == {"CN-N": 0, **dict.fromkeys(clocks, 4)}
    assert Case.objects.get(id=case.id).next_due == min(
        row.due for row in case.clocks.filter(stopped_at__isnull=True)
    )
    version = case.versions.get()
    assert (version.serious, version.fatal) == (True, fatal)


def test_without_a_day_the_holders_statement_counts_from_its_entry(nurse, officer, infusion):
    case = edit(officer, report(nurse, infusion, serious=False), {"E.i[1].3.2f": "true"})
    assert rules_of(case) == {"CN-N": 0, "CN-S": 10}


def test_a_slip_taken_away_again_leaves_a_stopped_clock(nurse, officer, infusion):
    case = report(nurse, infusion, serious=False)
    edit(officer, case, {"E.i[1].3.2a": "true"}, learned_on=TODAY)
    case = edit(officer, case, {"E.i[1].3.2a": None})
    assert (case.serious, case.fatal) == (False, False)
    assert rules_of(case) == {"CN-N": 0}
    assert case.clocks.filter(stopped_at__isnull=False).count() == 2


def test_the_day_of_a_statement_lies_between_the_first_receipt_and_today(nurse, officer, infusion):
    case = report(nurse, infusion, serious=False)
    for wrong in (GIVEN.aware_on - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            edit(officer, case, {"E.i[1].3.2a": "true"}, learned_on=wrong)
        assert "learned_on" in refused.value.fields


def test_an_upgrade_after_the_report_is_a_follow_up_from_its_own_day(nurse, officer, infusion):
    case = report(
        nurse, infusion, serious=False, onset=PartialDate.of(GIVEN.aware_on), outcome="UNKNOWN"
    )
    case = edit(officer, case, {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10016558"})
    icsr.mark_sent(officer, factories.release(officer, case, profile=Profile.NMPA), on=TODAY)
    case = Case.objects.get(id=case.id)
    assert case.versions.get().serious is False
    case = cases.new_version(
        officer,
        case,
        kind="follow_up",
        information_on=GIVEN.aware_on + timedelta(days=6),
        lock_version=case.lock_version,
    )
    day = GIVEN.aware_on + timedelta(days=8)
    case = edit(officer, case, {"E.i[1].7": "5", "E.i[1].3.2a": "true"}, learned_on=day)
    follow_ups = case.clocks.filter(rule="CN-FU", stopped_at__isnull=True).order_by("day_zero")
    assert [(c.day_zero - GIVEN.aware_on).days for c in follow_ups] == [6, 8]
    assert follow_ups[1].due == day
    assert case.clocks.get(rule="CN-D:investigation").day_zero == day
    flags = {v.number: (v.serious, v.fatal) for v in case.versions.all()}
    assert flags == {1: (False, False), 2: (True, True)}, "what went out stays as it was"


def test_an_adopted_death_is_known_since_the_hospital_learned_of_it(nurse, officer, infusion):
    case = report(nurse, infusion, serious=False, outcome="NOT_RECOVERED")
    on = TODAY - timedelta(days=3)
    factories.call(
        nurse,
        infusion.patient,
        contact_on=on,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(on),
    )
    assert "CN-D" not in rules_of(case), "a person says whether related"
    case.refresh_from_db()
    case = cases.adopt(
        officer,
        case,
        source=case.sources.get(kind="death"),
        paths=["D.9.1"],
        lock_version=case.lock_version,
    )
    assert case.fatal is True
    assert rules_of(case) == {"CN-N": 0, "CN-D": 7, "CN-D:investigation": 7}


def test_a_death_stated_beside_a_recovery_is_refused_at_its_place(nurse, officer, infusion):
    case = report(nurse, infusion, serious=False, outcome="RECOVERED")
    with pytest.raises(Refused) as refused:
        edit(officer, case, {"E.i[1].3.2a": "true"})
    assert "E.i[1].7" in refused.value.fields
    with pytest.raises(Refused) as refused:
        edit(officer, case, {"E.i[1].3.2a": "false", "E.i[1].7": "5"})
    assert "E.i[1].3.2a" in refused.value.fields


def test_a_death_of_the_patient_after_a_reaction_that_had_ended_is_not_its_outcome():
    root = Node("")
    root.values["D.9.1"] = "20261120"
    root.add("E.i").values["E.i.7"] = "1"
    assert of_tree(root) == Flags()
    root.each("E.i")[0].values["E.i.7"] = "3"
    assert of_tree(root).fatal is True


def test_the_same_fact_in_three_ways():
    for said in (
        {"outcome": "FATAL", "criteria": ()},
        {"outcome": "", "criteria": ("DEATH",)},
        {"outcome": "", "criteria": (), "grade": ("CTCAE_5", 5)},
    ):
        for answer in (None, True, False):
            assert of_event(serious=answer, **said) == Flags(True, True, False)


def test_the_letters_of_the_list_follow_the_assessment(client):
    """U and R as assessed in the current version; neither before anybody assessed."""
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    factories.malignancy(nurse, factories.register(nurse, site), causality="POSSIBLE")
    case = Case.objects.get(site=site)
    assert (case.related, case.unexpected) == (True, None)
    officer = factories.make_user(Role.SAFETY_OFFICER)
    actor = actor_of(officer)
    case = cases.accept(actor, case, lock_version=case.lock_version)
    changes = {"G.k[1].9.i[1].CN.1": "1", "G.k[1].9.i[1].2.r[1].3": "可能无关"}
    cases.edit(actor, case, changes=changes, lock_version=case.lock_version)
    case.refresh_from_db()
    assert (case.related, case.unexpected) == (False, True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/cases/", {"box": "mine"}).content.decode()
    assert ">U</abbr>" in page
    assert ">R</abbr>" not in page
