"""Counting a trial: the forecast that is kept, centres as pasted, and the lock."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.domain.dates import add_months
from pv.actions import commitments as actions
from pv.actions.commitments import CentreInput, CountInput, MilestoneInput
from pv.domain.approvals import MilestoneStatus
from pv.models import Commitment
from pv.queries import commitments as queries
from pv.web.commitments import centre_table_import
from tests import factories
from tests.pv.trials import counted


@pytest.mark.django_db
def test_a_count_brings_a_forecast_with_its_cut_off_and_seed(trial) -> None:
    keeper, row = trial
    done = counted(keeper, row)
    assert done.forecast_on == clock.today()
    assert done.forecast_p50 is not None
    assert done.forecast_p80 is not None
    assert clock.today() < done.forecast_p50 < done.forecast_p80
    assert done.forecast_seed == queries.seed_of(row, clock.today())
    assert 0 <= done.forecast_chance <= 1
    again = counted(keeper, row)
    assert (again.forecast_p50, again.forecast_p80) == (done.forecast_p50, done.forecast_p80)
    assert row.events.filter(event="FORECAST").count() == 2
    assert len(queries.counts(keeper, row)) == 1, "of one day the last recorded counts"


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["lost", "matured", "target", "maturity_days"])
def test_what_was_not_counted_is_no_zero(trial, missing) -> None:
    keeper, row = trial
    done = counted(keeper, row, **{missing: None})
    assert done.forecast_on is None
    assert len(queries.enrolment(keeper, done).lack) == 1
    with pytest.raises(Refused):
        actions.forecast(keeper, done, window_months=3, lock_version=done.lock_version)


@pytest.mark.django_db
def test_the_last_forecast_stays_when_a_later_count_does_not_suffice(trial) -> None:
    keeper, row = trial
    first = counted(keeper, row, counted_on=add_months(clock.today(), -1), enrolled=80)
    later = counted(keeper, row, lost=None)
    assert (later.forecast_on, later.forecast_p80) == (first.forecast_on, first.forecast_p80)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"counted_on": date(2100, 1, 1)}, "counted_on"),
        ({"counted_on": date(1999, 1, 1)}, "counted_on"),
        ({"enrolled": 11}, "enrolled"),
        ({"target": 0}, "target"),
    ],
)
def test_impossible_counts_are_refused(trial, values, field) -> None:
    keeper, row = trial
    with pytest.raises(Refused) as refused:
        counted(keeper, row, **values)
    assert field in refused.value.fields


@pytest.mark.django_db
def test_centres_replace_each_other_and_must_add_up(trial) -> None:
    keeper, row = trial
    row = counted(keeper, row)
    opened = add_months(clock.today(), -2).replace(day=1)
    months = [f"{add_months(opened, n):%Y-%m}" for n in range(3)]

    def keep(*centres: CentreInput) -> Commitment:
        held = Commitment.objects.get(id=row.id)
        return actions.save_centres(keeper, held, centres=centres, lock_version=held.lock_version)

    part = CentreInput("A", opened_on=opened, monthly=dict(zip(months, (10, 20, 30), strict=True)))
    keep(part, CentreInput("B", planned_on=clock.today()))
    assert "centres_differ" in queries.enrolment(keeper, row).lack
    rest = CentreInput("B", opened_on=opened, monthly=dict(zip(months, (10, 10, 10), strict=True)))
    keep(part, rest)
    found = queries.enrolment(keeper, row)
    assert found.lack == ()
    assert [centre.name for centre in found.centres] == ["A", "B"]
    keep(rest)
    assert [centre.name for centre in queries.enrolment(keeper, row).centres] == ["B"]
    for wrong in (CentreInput("C"), CentreInput("C", planned_on=opened, monthly={"2026-01": 1})):
        with pytest.raises(Refused):
            keep(wrong)
    with pytest.raises(Refused):
        keep(part, part)


@pytest.mark.django_db
def test_two_people_count_at_once(trial) -> None:
    keeper, row = trial
    counted(keeper, row)
    given = CountInput(clock.today(), 91, 2, 10, 120, 180)
    with pytest.raises(Conflict):
        actions.count(keeper, row, given=given, lock_version=row.lock_version)


# --- the pasted table

TODAY = date(2026, 11, 22)
HEAD = "Centre\tPlanned\tOpened\tCloses\t2026-09\t2026年10月\t２０２６/11"


def test_a_table_from_a_spreadsheet_is_read() -> None:
    text = f"{HEAD}\n北京一院\t2026-08-01\t2026年9月1日\t\t3\t\t０\n\nB,x\t20261201\t\t\t\n"
    first, second = centre_table_import.read(text, TODAY)
    assert first == CentreInput(
        "北京一院", date(2026, 8, 1), date(2026, 9, 1), None, {"2026-09": 3, "2026-11": 0}
    )
    assert second == CentreInput("B,x", planned_on=date(2026, 12, 1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Centre\tPlanned\tOpened\tCloses\tMay", "May"),
        ("Centre\tPlanned\tOpened\tCloses\t2026-13", "2026-13"),
        ("Centre\tPlanned\tOpened\tCloses\t2026-09\t2026-9", "twice"),
        (f"{HEAD}\nA\t2026-09\t", "no day"),
        (f"{HEAD}\nA\t05/11/2026\t", "no date"),
        (f"{HEAD}\nA\t\t2026-09-01\t\t-3", "no count"),
        (f"{HEAD}\nA\t\t2026-09-01\t\t1.5", "no count"),
        (f"{HEAD}\nA\t\t2026-09-01\t\t1\t1\t1\t1", "more numbers"),
        (f"{HEAD}\n\t\t2026-09-01\t\t1", "name"),
        ("x\n" * 2001, "2000"),
    ],
)
def test_an_unreadable_table_names_line_and_cell(text, said) -> None:
    with translation.override("en"), pytest.raises(centre_table_import.Unreadable) as unreadable:
        centre_table_import.read(text, TODAY)
    assert said in str(unreadable.value)


@pytest.mark.parametrize(
    ("month", "kept"),
    [
        ("Sep-26", "2026-09"),
        ("1-Sep-26", "2026-09"),
        ("Sept 2026", "2026-09"),
        ("2026/9/1", "2026-09"),
        ("2026-09-01", "2026-09"),
        ("2026年9月1日", "2026-09"),
        ("1-Jan-26", "2026-01"),
    ],
)
@pytest.mark.parametrize(("count", "number"), [("3", 3), ("3.0", 3), ("1,200", 1200), ("３", 3)])
def test_what_a_spreadsheet_copies_is_read(month, kept, count, number) -> None:
    head = f"Centre\tPlanned\tOpened\tCloses\t{month}"
    text = f'{head}\n"四川大学\n华西医院"\t2026/1/1\t1-Jan-26\t\t{count}'
    (centre,) = centre_table_import.read(text, TODAY)
    assert centre.name == "四川大学 华西医院"
    assert centre.opened_on == date(2026, 1, 1)
    assert centre.monthly == {kept: number}


@pytest.mark.parametrize(
    "text",
    [
        'Centre,Planned,Opened,Closes,2026-09\n"First, north",2026-01-01,,,3',
        "中心，计划，启动，关闭，2026-09\nFirst, north，2026-01-01，，，3",
    ],
)
def test_commas_separate_cells_and_quoted_ones_stay_inside(text) -> None:
    (centre,) = centre_table_import.read(text, TODAY)
    assert (centre.name, centre.monthly) == ("First, north", {"2026-09": 3})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Centre\tPlanned\tOpened\tCloses\t2026-12\nA\t\t\t\t1", "Line 1: the month 2026-12"),
        ("Centre\tPlanned\tOpened\tCloses\tDec-26\nA\t\t\t\t1", "Line 1: the month Dec-26"),
        (f'{HEAD}\n"A\nB"\t\t2026-10-05\t\t3', "Line 2: 2026-09 lies before the opening"),
        (f'{HEAD}\n"A\nB"\t\t2026-09-05\t\t3\nC\t\t\t\tx', "Line 4: “x” is no count"),
        (f'{HEAD}\n"A\t\t2026-09-05\t\t3', "Line 2: a quotation mark"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(text, said) -> None:
    with translation.override("en"), pytest.raises(centre_table_import.Unreadable) as unreadable:
        centre_table_import.read(text, TODAY)
    assert said in str(unreadable.value)


def test_nothing_enrolled_before_the_opening_is_no_contradiction() -> None:
    (centre,) = centre_table_import.read(f"{HEAD}\nA\t\t2026-10-05\t\t0\t3", TODAY)
    assert centre.monthly == {"2026-09": 0, "2026-10": 3}


def _open_in_its_months(centre: CentreInput) -> bool:
    opened = centre.opened_on
    return not opened or all(m >= f"{opened:%Y-%m}" or not n for m, n in centre.monthly.items())


_DAYS = st.none() | st.dates(date(2020, 1, 1), date(2026, 11, 1))
_MONTHS = st.sampled_from(["2026-08", "2026-09", "2026-10"])


@given(
    st.lists(
        st.builds(
            CentreInput,
            name=st.text("abc 一二", min_size=1, max_size=9).map(str.strip).filter(bool),
            planned_on=_DAYS,
            opened_on=_DAYS,
            closes_on=_DAYS,
            monthly=st.dictionaries(_MONTHS, st.integers(0, 99999)),
        ).filter(_open_in_its_months),
        max_size=5,
    )
)
def test_what_is_written_is_read_back(centres) -> None:
    assert centre_table_import.read(centre_table_import.written(centres, TODAY), TODAY) == centres


@pytest.mark.django_db
def test_a_count_past_a_milestone_asks_for_its_day_and_nothing_later(trial) -> None:
    actor, row = trial
    day = clock.today() - timedelta(days=3)
    row = counted(actor, row, counted_on=day, enrolled=134, target=150)
    found = queries.detail(actor, row, today=clock.today())
    lines = {line.row.code: line for line in found.lines}
    for code in ("P25", "P50", "P75"):
        line = lines[code]
        if line.row.actual is None:
            assert (line.status, line.current) == (MilestoneStatus.REACHED, line.reached_by), code
            assert code not in found.status.late
    assert lines["LPI"].reached_by is None
    client = Client()
    client.force_login(factories.make_user(Role.REGULATORY))
    page = client.get(reverse("commitment", args=[row.id])).content.decode()
    assert "Reached, enter the day" in page
    form = reverse("commitment-milestone", args=[row.id, lines["P50"].row.id])
    assert "has passed this milestone" in client.get(form).content.decode()
    with pytest.raises(Refused) as later:
        actions.update_milestone(
            actor,
            lines["P50"].row,
            given=MilestoneInput(clock.today(), None),
            lock_version=row.lock_version,
            reason="typed",
        )
    assert "actual" in later.value.fields
    with pytest.raises(Refused) as ahead:
        actions.update_milestone(
            actor,
            lines["P50"].row,
            given=MilestoneInput(None, clock.today() + timedelta(days=90)),
            lock_version=row.lock_version,
            reason="typed",
        )
    assert "forecast" in ahead.value.fields
