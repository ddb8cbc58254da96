"""Scenarios of a trial: tried without a trace, kept with what followed, removed and restored."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.domain.dates import add_months
from pv.actions import commitments as actions
from pv.actions.commitments import CentreInput
from pv.domain.forecasts import Scenario
from pv.models import Commitment, ForecastScenario
from pv.queries import commitments as queries
from pv.web.commitments.scenario_chart import Submission, scenario_chart, short
from pv.web.commitments.time_axis import days_of
from tests import factories
from tests.pages import unbroken
from tests.pv.trials import counted

pytestmark = pytest.mark.django_db


@pytest.fixture
def counts(trial):
    """The trial counted today."""
    keeper, row = trial
    return keeper, counted(keeper, row)


def keep(actor, row, scenario, name="更快"):
    return actions.keep_scenario(actor, row, name=name, scenario=scenario, window_months=None)


def test_a_kept_scenario_holds_its_result_and_the_record_of_the_same_count(counts) -> None:
    keeper, row = counts
    kept = keep(keeper, row, Scenario(rate_percent=200))
    basis = queries.basis(row, queries.enrolment(keeper, row))
    record = basis.forecast()
    assert (kept.recorded_p50, kept.recorded_chance) == (
        record.dates["SUPPL_SUBMITTED"].p50,
        record.probability,
    )
    assert kept.p50 < kept.recorded_p50
    assert (kept.counted_on, kept.seed) == (clock.today(), basis.seed)
    # a later count leaves the kept result as it was
    counted(keeper, row, enrolled=95)
    again = queries.scenarios(keeper, row)[0]
    assert (again.p50, again.recorded_p50) == (kept.p50, kept.recorded_p50)
    assert (
        Commitment.objects.get(id=row.id).forecast_p50
        == queries.forecast(row, queries.enrolment(keeper, row)).dates["SUPPL_SUBMITTED"].p50
    )


@pytest.mark.parametrize(
    ("scenario", "name", "field"),
    [
        (Scenario(), "x", ""),
        (Scenario(target=200), "  ", "name"),
        (Scenario(target=200), "更快", "name"),
        (Scenario(close_centres=("不存在",)), "x", "close_centres"),
        (Scenario(more_centres=2), "x", "more_centres"),
    ],
)
def test_a_scenario_that_says_nothing_or_what_cannot_be_is_refused(
    counts, scenario, name, field
) -> None:
    keeper, row = counts
    keep(keeper, row, Scenario(rate_percent=200))
    with pytest.raises(Refused) as refused:
        keep(keeper, row, scenario, name)
    assert field in refused.value.fields
    assert ForecastScenario.objects.count() == 1


def test_without_a_forecast_there_is_no_scenario(trial) -> None:
    keeper, row = trial
    with pytest.raises(Refused):
        keep(keeper, row, Scenario(target=200))
    client = Client()
    client.force_login(factories.make_user(Role.STUDY_MANAGER))
    with translation.override("en"):
        page = client.get(reverse("commitment-scenarios", args=[row.id])).content.decode()
    assert "还需要" in page or "still needs" in page


def test_centres_open_and_close_in_a_scenario(counts) -> None:
    keeper, row = counts
    today = clock.today()
    opened = add_months(today, -17)
    months = {}
    for step in range(17):
        day = add_months(today, -step)
        months[f"{day.year}-{day.month:02d}"] = 2
    centres = [CentreInput("北京", opened_on=opened, monthly=months)]
    centres.append(CentreInput("上海", opened_on=opened, monthly=dict(months)))
    lock = Commitment.objects.get(id=row.id).lock_version
    row = actions.save_centres(keeper, row, centres=centres, lock_version=lock)
    row = counted(keeper, row, enrolled=70)
    less = keep(keeper, row, Scenario(close_centres=("上海",)), "少一家")
    more = keep(
        keeper, row, Scenario(more_centres=6, opening_on=today + timedelta(days=30)), "多六家"
    )
    assert more.p50 < more.recorded_p50 < less.p50
    with pytest.raises(Refused):
        keep(keeper, row, Scenario(more_centres=1, opening_on=today), "太早")


def test_removed_and_restored_unless_the_name_is_taken(counts) -> None:
    keeper, row = counts
    kept = keep(keeper, row, Scenario(target=130))
    actions.remove_scenario(keeper, kept)
    assert queries.scenarios(keeper, row) == []
    with pytest.raises(Refused):
        actions.remove_scenario(keeper, kept)
    assert actions.restore_scenario(keeper, kept).removed_at is None
    with pytest.raises(Refused):
        actions.restore_scenario(keeper, kept)
    actions.remove_scenario(keeper, kept)
    keep(keeper, row, Scenario(target=140))
    with pytest.raises(Refused, match="保存|同名|kept"):
        actions.restore_scenario(keeper, kept)
    stranger = factories.make_actor(Role.NURSE)
    with pytest.raises(NotFound):
        queries.scenario(stranger, kept.pk)


def test_earlier_counts_foresee_the_last_one_and_know_nothing_later(counts) -> None:
    keeper, row = counts
    for months, enrolled in ((9, 45), (6, 60), (3, 75)):
        day = add_months(clock.today(), -months)
        row = counted(keeper, row, counted_on=day, enrolled=enrolled)
    found = queries.enrolment(keeper, row)
    tests = queries.back_tests(row, found, window_months=None)
    today = clock.today()
    assert [test.made_on for test in tests] == [add_months(today, -n) for n in (9, 6, 3)]
    assert {(test.number, test.after, test.by) for test in tests} == {
        (90, add_months(today, -3), today)
    }
    assert all(test.held for test in tests)  # an even pace foresees itself
    first = queries.back_tests(
        row, queries.enrolment(keeper, counted(keeper, row, enrolled=91)), window_months=None
    )[0]
    assert first.foreseen.p50 >= tests[0].foreseen.p50  # one patient more, the same knowledge


def test_a_count_the_last_one_corrected_does_not_say_when_the_number_was_reached(counts) -> None:
    keeper, row = counts
    today = clock.today()
    for months, enrolled in ((6, 60), (3, 95)):
        day = add_months(today, -months)
        row = counted(keeper, row, counted_on=day, enrolled=enrolled)
    (test,) = queries.back_tests(row, queries.enrolment(keeper, row), window_months=None)
    assert (test.number, test.after, test.by) == (90, add_months(today, -6), today)


def test_an_earlier_count_without_losses_is_held_against_what_came(counts) -> None:
    keeper, row = counts
    earlier = {"counted_on": add_months(clock.today(), -6), "enrolled": 60}
    row = counted(keeper, row, **earlier, lost=None, matured=None)
    tests = queries.back_tests(row, queries.enrolment(keeper, row), window_months=None)
    assert [(test.made_on, test.held) for test in tests] == [(earlier["counted_on"], True)]


def test_the_picture_of_scenarios_has_a_scale_and_marks_what_is_late() -> None:
    end = date(2028, 6, 26)
    rows = [
        Submission("记录", date(2028, 4, 1), date(2028, 8, 1)),
        Submission("快" * 40, date(2028, 1, 1), date(2028, 3, 1)),
        Submission("never", None, None),
    ]
    chart = scenario_chart(rows, end)
    assert chart is not None
    assert [row.late for row in chart.rows] == [True, False, True]
    assert [tick.text for tick in chart.ticks] == ["2028-01", "2028-04", "2028-07"]
    assert all(row.middle is None or row.middle < chart.deadline.x for row in chart.rows)
    assert chart.rows[1].name == "快" * 14 + "…"
    assert (short("a" * 30), short("a" * 31)) == ("a" * 30, "a" * 29 + "…")
    assert scenario_chart([rows[2]], end) is None
    for first, last in ((date(2024, 2, 2), date(2030, 1, 1)), (end, end + timedelta(days=60))):
        days = days_of(first, last)
        assert len(days) >= 2
        assert all(day.day == 1 and first <= day <= last for day in days)


def test_the_page_tries_without_writing_keeps_removes_and_undoes(counts) -> None:
    _keeper, row = counts
    client = Client()
    client.force_login(factories.make_user(Role.STUDY_MANAGER))
    url = reverse("commitment-scenarios", args=[row.id])
    with translation.override("en"):
        tried = client.get(url, {"rate_percent": "150", "loss_percent": "30"})
    assert tried.status_code == 200
    assert len(tried.context["compared"]) == 4
    assert not ForecastScenario.objects.exists()
    bad = client.get(url, {"rate_percent": "0", "loss_percent": "abc"})
    assert bad.status_code == 422
    assert {"rate_percent", "loss_percent"} <= set(bad.context["form"].errors)
    assert bad.content.decode().count("error-summary") == 1
    # of a scenario kept while there were centres
    lone = client.get(url, {"rate_percent": "150", "close_centres": "北京"})
    assert lone.context["form"].non_field_errors()
    assert not lone.context["compared"]
    nameless = client.post(url, {"rate_percent": "150"})
    assert nameless.status_code == 422
    assert "name" in nameless.context["form"].errors
    assert len(nameless.context["compared"]) == 4  # beside the name that is asked for
    assert client.post(url, {"rate_percent": "150", "name": "快"}).status_code == 302
    kept = ForecastScenario.objects.get()
    assert kept.changes == {"rate_percent": 150}
    shown = client.get(url, headers={"accept-language": "en"})
    assert "150" in shown.content.decode()
    assert [row.name for row in shown.context["submissions"]] == ["By the record", "快"]
    said = shown.context["found_of_scenarios"]
    assert f"{shown.context['submissions'][0].p50} " in said.replace(";", " ")
    assert shown.content.decode().count(f'<desc id="scenarios-desc">{said}') == 1
    assert f"{timezone.localtime(kept.kept_at):%Y-%m-%d %H:%M} " in unbroken(shown.content.decode())
    assert client.post(reverse("commitment-scenario-remove", args=[kept.pk])).status_code == 302
    assert client.post(reverse("commitment-scenario-restore", args=[kept.pk])).status_code == 302
    kept.refresh_from_db()
    assert kept.removed_at is None
    reader = Client()
    reader.force_login(factories.make_user(Role.AUDITOR))
    assert reader.post(url, {"rate_percent": "150", "name": "x"}).status_code in {403, 404}
