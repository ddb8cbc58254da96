"""A nullification its receiver refused is owed again until one is loaded."""

from datetime import timedelta

import pytest

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import acknowledgements, cases, icsr
from pv.domain.e2b.checks import Profile
from pv.models import Case, ReportClock, Submission
from pv.queries import cases as queries
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_sendings import CODED

pytestmark = pytest.mark.django_db


def answer(officer, file: Submission, code: str) -> None:
    data = ack(
        entry(file.report_number, code, "1: refused"),
        batch=file.batch_number,
        number=f"{code}-{file.file_name}",
    )
    acknowledgements.receive(officer, data, file_name="a.ack")


def send(officer, case: Case, code: str) -> Submission:
    case.refresh_from_db()
    file = icsr.export(officer, case, profile=Profile.NMPA)
    icsr.mark_sent(officer, file, on=clock.today())
    answer(officer, file, code)
    case.refresh_from_db()
    return file


@pytest.fixture
def nullified(officer):
    """A case the receiver loaded, nullified afterwards."""
    site = factories.make_site("NUL")
    nurse = factories.make_actor(Role.NURSE, site=site)
    aware_on = clock.today() - timedelta(days=5)
    event = factories.malignancy(nurse, factories.register(nurse, site), aware_on=aware_on)
    case = Case.objects.get(sources__event=event)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    send(officer, factories.to_submission(officer, case), "CA")
    case.refresh_from_db()
    return cases.nullify(officer, case, reason="不是本品种", lock_version=case.lock_version)


def owed(case: Case) -> list[ReportClock]:
    return list(case.clocks.filter(met_on=None, stopped_at=None))


def to_submit(officer, case: Case) -> bool:
    page = queries.page(
        officer, today=clock.today(), filters=queries.Filters(box="submission"), size=500
    )
    return case.id in {item.case.id for item in page.items}


def test_a_refused_nullification_opens_its_duty_and_a_loaded_one_meets_it(officer, nullified):
    first_clock = nullified.clocks.get(rule="CN-S", stopped_at=None)
    send(officer, nullified, "CR")
    (duty,) = owed(nullified)
    assert (duty.rule, duty.day_zero, duty.case_version) == ("CN-FU", nullified.nullified_on, 2)
    assert nullified.next_due == duty.due == nullified.nullified_on + timedelta(days=15)
    assert nullified.stage == "nullified"
    assert to_submit(officer, nullified)
    first_clock.refresh_from_db()
    assert (first_clock.met_on, first_clock.stopped_at) == (clock.today(), None)

    case = cases.nullify(officer, nullified, reason="更正原因", lock_version=nullified.lock_version)
    assert case.current_version == 3
    changes = {"C.1.11.2": "更正后的原因"}
    case = cases.edit(officer, case, changes=changes, lock_version=case.lock_version)
    send(officer, case, "CA")
    assert (owed(case), case.next_due) == ([], None)
    assert case.clocks.get(rule="CN-FU", stopped_at=None).met_on == clock.today()
    assert not to_submit(officer, case)


def test_a_second_refusal_leaves_the_duty_where_it_was(officer, nullified):
    send(officer, nullified, "CR")
    due = nullified.next_due
    case = cases.nullify(officer, nullified, reason="再次", lock_version=nullified.lock_version)
    send(officer, case, "CR")
    assert [row.due for row in owed(case)] == [due]


def test_a_nullification_that_was_loaded_is_not_made_again(officer, nullified):
    send(officer, nullified, "CA")
    assert owed(nullified) == []
    with pytest.raises(Refused):
        cases.nullify(officer, nullified, reason="x", lock_version=nullified.lock_version)


def test_a_nullified_case_is_edited_only_while_its_nullification_is_open(officer, nullified):
    send(officer, nullified, "CR")
    with pytest.raises(Refused):
        cases.edit(
            officer, nullified, changes={"C.1.11.2": "x"}, lock_version=nullified.lock_version
        )
