"""Rules, authorisations and agreements change: a dry run first, then a job case by case."""

import copy
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import audit, clock, jobs
from followup.core.models import Job
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.core.security.accounts import actor_of
from followup.domain.calendars import HolidayTable
from followup.models import ReferenceItem
from pv.actions import authorisations, clock_sources, icsr
from pv.models import Case, ReportClock
from tests import factories
from tests.pv.test_plans import file

pytestmark = pytest.mark.django_db
GIVEN = EventInput(
    verbatim="肺炎",
    aware_on=clock.today(),
    reporter_name="李医生",
    serious=True,
    seriousness=("HOSPITALISATION",),
)
FORMER = (15, 7)  # days of CN-S before and after the invented change of the rules


def load(item: ReferenceItem, data: dict[str, Any], version: str) -> None:
    """Load another version of a reference document."""
    data["version"] = version
    with factories.transaction.atomic(), audit.acting(factories.SYSTEM, "test.rules"):
        item.pk, item._state.adding = None, True
        item.data, item.version, item.sha256 = data, version, f"{version:0>64}"
        item.loaded_at = clock.now()
        item.save()


def replace_rules(version: str = "9", unit: str = "calendar_days") -> None:
    """Load reporting rules by which a serious case is due after 7 days."""
    item = ReferenceItem.objects.filter(code="rule_sets").latest("loaded_at")
    data = copy.deepcopy(item.data)
    for rule in data["rules"]:
        for limit in rule["limits"]:
            if rule["id"] == "CN-S" and limit["amount"] == FORMER[0]:
                limit |= {"amount": FORMER[1], "unit": unit}
    load(item, data, version)


def replace_holidays(version: str, *, off: list[date]) -> HolidayTable:
    """Load a holiday table of China whose only days off, beside weekends, are these."""
    item = ReferenceItem.objects.filter(kind="holidays", code="CN").latest("loaded_at")
    data = copy.deepcopy(item.data)
    data["days_off"] = [{"date": day.isoformat(), "name": "x"} for day in off]
    data["working_weekends"] = []
    load(item, data, version)
    return HolidayTable.from_dict(data)


def cases_of(nurse, site, many: int) -> list[Case]:
    made = []
    for _number in range(many):
        infusion = factories.infusion_of(factories.register(nurse, site))
        event = events.report(nurse, infusion, given=GIVEN)
        made.append(Case.objects.get(sources__event=event))
    return made


def lines(job: Job | None) -> list[list[str]]:
    assert job is not None
    assert job.state == "done", job.error
    book = openpyxl.load_workbook(Path(settings.MEDIA_ROOT) / job.file_path)
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    return [[str(cell or "") for cell in row] for row in rows]


def clocks(case: Case) -> dict[str, ReportClock]:
    return {row.rule: row for row in case.clocks.filter(stopped_at__isnull=True)}


@pytest.fixture
def user():
    return factories.make_user(Role.SAFETY_OFFICER)


def test_new_rules_move_open_clocks_by_a_job_after_a_dry_run(nurse, site, user) -> None:
    officer = actor_of(user)
    first, second, sent = cases_of(nurse, site, 3)
    icsr.mark_sent(officer, file(sent, "nmpa"), on=clock.today())
    met = clocks(sent)["CN-S"]
    replace_rules()
    with pytest.raises(Refused):
        clock_sources.request(officer, trial=False)
    before = list(ReportClock.objects.order_by("id").values())
    trial = lines(jobs.run(clock_sources.request(officer, trial=True).id))
    assert list(ReportClock.objects.order_by("id").values()) == before
    day, (old, new) = first.day_zero, FORMER
    days = [str(day + timedelta(days=old)), str(day + timedelta(days=new))]
    assert trial == [[case.number, "NMPA", "CN-S", *days] for case in (first, second)]

    out = io.StringIO()
    call_command("reconcile_clocks", "--dry-run", stdout=out)
    assert f"{first.number} NMPA CN-S {days[0]} -> {days[1]}" in out.getvalue()
    assert list(ReportClock.objects.order_by("id").values()) == before

    # Broken off after the first case, started again: the rest follows, nothing twice.
    asked = clock_sources.request(officer, trial=False)
    clock_sources._recalculate(clock_sources._CLOCKS, first.id, reason="EVERWATCH 9")
    assert lines(jobs.run(asked.id)) == [[second.number, "NMPA", "CN-S", *days]]
    for case in (first, second):
        case.refresh_from_db()
        (stopped,) = case.clocks.filter(stopped_at__isnull=False)
        assert (stopped.stop_code, stopped.stop_days) == ("due_moved", days)
        assert stopped.stop_reason.endswith(" 9")
        assert clocks(case)["CN-S"].due == case.next_due == day + timedelta(days=new)
        assert clocks(case)["CN-S"].rule_set.endswith(" 9")
    assert clocks(sent)["CN-S"] == met
    assert clocks(sent)["CN-S"].due == met.due


def test_a_job_asked_for_before_other_rules_were_loaded_is_refused(nurse, site, user) -> None:
    officer = actor_of(user)
    (case,) = cases_of(nurse, site, 1)
    due = clocks(case)["CN-S"].due
    replace_rules()
    jobs.run(clock_sources.request(officer, trial=True).id)
    cancelled = jobs.cancel(officer, clock_sources.request(officer, trial=False).id)
    replace_rules("10")
    waiting = clock_sources.request(officer, trial=True)
    for asked, version in ((jobs.retry(officer, cancelled.id), "11"), (waiting, "12")):
        late = jobs.run(asked.id)
        assert late is not None
        assert (late.state, late.kind) == ("failed", asked.kind)
        assert "make the dry run again" in late.error
        replace_rules(version)
    assert clocks(case)["CN-S"].due == due
    # By the rules of now, after a dry run of them.
    jobs.run(clock_sources.request(officer, trial=True).id)
    jobs.run(clock_sources.request(officer, trial=False).id)
    (stopped,) = case.clocks.filter(stopped_at__isnull=False)
    assert stopped.stop_reason.endswith(" 12")


def test_a_holiday_table_moves_open_clocks_after_a_dry_run_of_its_own(nurse, site, user) -> None:
    officer = actor_of(user)
    replace_rules(unit="working_days")
    replace_holidays("A", off=[])
    case, sent = cases_of(nurse, site, 2)
    icsr.mark_sent(officer, file(sent, "nmpa"), on=clock.today())
    due = clocks(case)["CN-S"].due
    jobs.run(clock_sources.request(officer, trial=True).id)
    table = replace_holidays("B", off=[due])
    later = next(day for n in range(1, 9) if table.is_working(day := due + timedelta(days=n)))
    for version, before, after in (("B", due, later), ("C", later, due)):
        if version == "C":
            replace_holidays("C", off=[])  # the day moves back
        with pytest.raises(Refused):
            clock_sources.request(officer, trial=False)
        trial = lines(jobs.run(clock_sources.request(officer, trial=True).id))
        assert trial == [[case.number, "NMPA", "CN-S", str(before), str(after)]]
        assert lines(jobs.run(clock_sources.request(officer, trial=False).id)) == trial
        running = clocks(case)["CN-S"]
        assert (running.due, running.rule_set[-2:]) == (after, f" {version}")
        # What was sent in time by the table of its day stays in time.
        assert (clocks(sent)["CN-S"].due, clocks(sent)["CN-S"].rule_set[-2:]) == (due, " A")


def test_the_page_of_the_rules_offers_the_dry_run_first(user, nurse, site) -> None:
    cases_of(nurse, site, 1)
    client = Client()
    client.force_login(user)
    page = client.get(reverse("clock-rules")).content.decode()
    assert 'value="trial"' in page
    assert 'value="recalculate"' not in page
    again = reverse("clock-recalculation")
    refused = client.post(again, {"then": "recalculate"}, follow=True)
    assert "Make the dry run first" in refused.content.decode()
    assert not Job.objects.exists()
    assert client.post(again, {"then": "trial"}).url == reverse("jobs")
    jobs.run(Job.objects.get().id)
    assert 'value="recalculate"' in client.get(reverse("clock-rules")).content.decode()
    client.post(again, {"then": "recalculate"})
    assert Job.objects.filter(kind=clock_sources.KIND).count() == 1


def test_an_authorisation_is_tried_before_it_is_confirmed(user, nurse, site, monkeypatch) -> None:
    (case,) = cases_of(nurse, site, 1)
    values = {"market": "EU", "setting": "POST_MARKET", "number": "EU/1", "source": "letter"}
    values |= {"authorised_on": clock.today() - timedelta(days=400), "ended_on": None}
    row = authorisations.enter(factories.make_actor(Role.REGULATORY), case.product, values=values)
    client = Client()
    client.force_login(user)
    page = reverse("authorisation", args=[row.pk])
    assert client.post(page, {"trial": "1"}).url == reverse("jobs")
    trial = lines(jobs.run(Job.objects.get().id))
    due = str(case.day_zero + timedelta(days=15))
    assert trial == [[case.number, "EMA", "EU-S", "", due]]
    row.refresh_from_db()
    assert row.confirmed_at is None
    assert set(clocks(case)) == {"CN-S"}
    # Many cases follow as a job, and it does what the dry run said.
    monkeypatch.setattr(clock_sources, "AT_ONCE", 0)
    assert client.post(page).status_code == 302
    assert set(clocks(case)) == {"CN-S"}
    assert lines(jobs.run(Job.objects.get(kind=clock_sources.KIND).id)) == trial
    assert str(clocks(case)["EU-S"].due) == due
    case.refresh_from_db()
    assert case.next_due == min(each.due for each in clocks(case).values())


def test_a_job_that_was_broken_off_says_so_and_anybody_who_answers_goes_on(
    user, nurse, site, monkeypatch
) -> None:
    (case,) = cases_of(nurse, site, 1)
    values = {"market": "EU", "setting": "POST_MARKET", "number": "EU/1", "source": "letter"}
    values |= {"authorised_on": clock.today() - timedelta(days=400), "ended_on": None}
    keeper = factories.make_actor(Role.REGULATORY)
    row = authorisations.enter(keeper, case.product, values=values)
    monkeypatch.setattr(clock_sources, "AT_ONCE", 0)
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    authorisations.confirm(officer, row)
    job = Job.objects.get(kind=clock_sources.KIND)
    client = Client()
    client.force_login(user)
    resumed = reverse("clock-resume", args=[job.id])
    assert resumed not in client.get(reverse("cases")).content.decode()
    jobs.cancel(officer, job.id)
    for page in ("cases", "clock-rules"):
        assert resumed in client.get(reverse(page)).content.decode(), page
    reader = Client()
    reader.force_login(factories.make_user(Role.MEDICAL_REVIEWER))
    assert resumed not in reader.get(reverse("cases")).content.decode()
    assert client.post(resumed).url == reverse("jobs")
    assert resumed not in client.get(reverse("cases")).content.decode()
    again = Job.objects.filter(kind=clock_sources.KIND).exclude(id=job.id).get()
    assert again.user_id == user.id
    jobs.run(again.id)
    assert set(clocks(case)) == {"CN-S", "EU-S"}
    assert client.post(resumed).status_code == 404
