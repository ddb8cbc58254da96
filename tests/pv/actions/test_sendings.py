"""Whom a report was sent to, when, and what taking it back undoes; nullified and voided cases."""

from datetime import timedelta

import pytest

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import cases, icsr
from pv.actions import clocks as case_clocks
from pv.domain.e2b.checks import Profile
from pv.models import Case, Submission
from pv.queries import cases as queries
from pv.queries import rules
from tests import factories

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}


@pytest.fixture
def nurse():
    return factories.make_actor(Role.NURSE, site=factories.make_site("SND"))


@pytest.fixture
def case(nurse, officer):
    site = factories.Site.objects.get(code="SND")
    aware_on = clock.today() - timedelta(days=5)
    event = factories.malignancy(nurse, factories.register(nurse, site), aware_on=aware_on)
    found = Case.objects.get(sources__event=event)
    found = cases.accept(officer, found, lock_version=found.lock_version)
    return cases.edit(officer, found, changes=CODED, lock_version=found.lock_version)


def again(case):
    return Case.objects.get(id=case.id)


def export(officer, case, profile=Profile.NMPA) -> Submission:
    return factories.release(officer, case, profile=profile)


def due(case):
    return case.received_on + timedelta(days=15)


@pytest.mark.parametrize("profile", [Profile.ICH])
def test_a_file_for_nobody_in_particular_meets_no_clock(officer, case, profile):
    file = export(officer, case, profile)
    icsr.mark_sent(officer, file, on=clock.today())
    assert file.authority == ""
    assert again(case).next_due == due(case)
    now = again(case)
    with pytest.raises(Refused, match="CN-S"):
        cases.advance(officer, now, to="closed", lock_version=now.lock_version)


def test_each_receiver_says_whose_clock_it_meets():
    wanted = {"nmpa": "NMPA", "ich": "", "cde": "", "ema": "", "fda": "FDA", "fda_ind": "FDA_IND"}
    assert {name: rules.authority(name) for name in wanted} == wanted


def test_a_file_for_another_authority_leaves_the_chinese_clock_open(officer, case):
    file = export(officer, case)
    Submission.objects.filter(id=file.id)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test"):
        Submission.objects.filter(id=file.id).update(authority="FDA")
    icsr.mark_sent(officer, file, on=clock.today())
    assert again(case).next_due == due(case)


def test_a_day_before_the_file_needs_a_proof(officer, case):
    file, on = export(officer, case), clock.today() - timedelta(days=2)
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(officer, file, on=on)
    assert "proof" in refused.value.fields
    row = icsr.mark_sent(officer, file, on=on, proof="直报系统回执 2026-114")
    assert (row.sent_on, row.proof) == (on, "直报系统回执 2026-114")
    assert again(case).clocks.get(rule="CN-S").met_on == on
    assert again(case).next_due is None


@pytest.mark.parametrize("days", [-1, 6])
def test_a_day_that_cannot_be_is_refused(officer, case, days):
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(
            officer, export(officer, case), on=clock.today() - timedelta(days=days), proof="x"
        )
    assert "on" in refused.value.fields


def test_taking_back_opens_the_clock_and_a_closed_case(officer, case):
    file = icsr.mark_sent(officer, export(officer, case), on=clock.today())
    now = again(case)
    closed = cases.advance(officer, now, to="closed", lock_version=now.lock_version)
    assert closed.stage == "closed"
    with pytest.raises(Refused) as refused:
        icsr.take_back(officer, file, reason=" ")
    assert "reason" in refused.value.fields
    row = icsr.take_back(officer, file, reason="传输失败")
    assert (row.state, row.sent_on) == ("generated", None)
    now = again(case)
    assert (now.stage, now.next_due) == ("submission", due(case))
    assert now.clocks.get(rule="CN-S").met_on is None
    with pytest.raises(Refused):
        cases.advance(officer, now, to="closed", lock_version=now.lock_version)
    with pytest.raises(Refused):
        icsr.take_back(officer, file, reason="again")
    icsr.mark_sent(officer, file, on=clock.today())
    assert again(case).next_due is None


def test_a_duty_beside_the_report_is_noted_for_its_day_and_taken_back(nurse, officer, case):
    now = cases.edit(officer, case, changes={"E.i[1].3.2a": "true"}, lock_version=case.lock_version)
    duty = now.clocks.get(rule="CN-D:investigation")
    case_clocks.complete(officer, now, clock_id=duty.id, on=clock.today())
    assert again(now).clocks.get(id=duty.id).met_on == clock.today()
    with pytest.raises(Refused):
        case_clocks.reopen(officer, now, clock_id=duty.id, reason="")
    case_clocks.reopen(officer, now, clock_id=duty.id, reason="报告还没有定稿")
    assert again(now).clocks.get(id=duty.id).met_on is None


def test_what_was_never_sent_is_set_aside_without_a_message(officer, case):
    now = cases.nullify(officer, case, reason="重复病例", lock_version=case.lock_version)
    assert (now.stage, now.current_version, now.next_due) == ("nullified", 1, None)
    assert now.clocks.get(rule="CN-S").stop_reason == "重复病例"
    assert not now.versions.filter(kind="nullification").exists()
    with pytest.raises(Refused):
        cases.nullify(officer, now, reason="again", lock_version=now.lock_version)


def test_what_was_sent_gets_its_nullification(officer, case):
    icsr.mark_sent(officer, export(officer, case), on=clock.today())
    now = again(case)
    now = cases.nullify(officer, now, reason="不是本品种", lock_version=now.lock_version)
    version = now.versions.get(number=2)
    assert version.kind == "nullification"
    root = queries.message(version).root
    assert (root.text("C.1.11.1"), root.text("C.1.11.2")) == ("1", "不是本品种")
    file = export(officer, now)
    icsr.mark_sent(officer, file, on=clock.today())
    assert again(now).stage == "nullified"
    assert again(now).clocks.get(rule="CN-S").met_on == clock.today(), "it was reported in time"


def test_a_set_aside_case_that_turns_out_to_have_been_sent_is_nullified_after_all(officer, case):
    file = export(officer, case)
    now = again(case)
    now = cases.nullify(officer, now, reason="重复病例", lock_version=now.lock_version)
    icsr.mark_sent(officer, file, on=clock.today())
    now = again(case)
    now = cases.nullify(officer, now, reason="重复病例", lock_version=now.lock_version)
    assert now.versions.get(number=2).kind == "nullification"


def test_a_nullification_is_not_typed_into_a_report(officer, case):
    changes = {"C.1.11.1": "1", "C.1.11.2": "error"}
    with pytest.raises(Refused) as refused:
        cases.edit(officer, case, changes=changes, lock_version=case.lock_version)
    assert "C.1.11.1" in refused.value.fields
    with pytest.raises(Refused):
        cases.edit(officer, case, changes={"C.1.11.1": "2"}, lock_version=case.lock_version)


def test_nullified_cases_have_a_folder_and_a_count_of_their_own(officer, case):
    cases.nullify(officer, case, reason="重复病例", lock_version=case.lock_version)
    today = clock.today()

    def shown(box):
        filters = queries.Filters(box=box)
        return case.id in [
            i.case.id for i in queries.page(officer, today=today, filters=filters).items
        ]

    assert shown("nullified")
    assert not shown("all")
    assert not shown("open")
    assert queries.boxes(officer, today=today).nullified >= 1
