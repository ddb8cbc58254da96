"""The demo beside its world: measuring crowds, failures, logins, production."""

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from followup.core import clock
from followup.core.models import Change, User
from followup.core.problems import Refused
from followup.domain import schedules as planning
from followup.models import Identity, PlannedVisit, Schedule
from followup.queries import protocols
from pv.demo import seeding
from tests import factories

pytestmark = pytest.mark.django_db
SYSTEM = factories.SYSTEM


def test_a_failure_leaves_nothing_behind(monkeypatch):
    def broken(*_arguments, **_values):
        raise RuntimeError

    monkeypatch.setattr(seeding, "run", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        seeding.seed(SYSTEM, count=3, seed=1)
    assert seeding.is_empty()
    assert not User.objects.filter(username="nurse").exists()


def test_a_crowd_has_worklist_rows_for_everybody():
    *_earlier, last = seeding.fill_register(SYSTEM, count=30, seed=5, named=True)
    assert last == 30
    assert Identity.objects.count() == Schedule.objects.count() == 30
    protocol = protocols.of(protocols.latest())
    today = clock.today()
    for schedule in Schedule.objects.all():
        planned = planning.plan(schedule.day_zero, protocol, schedule.planned_to)
        rows = {row.code: row for row in PlannedVisit.objects.filter(schedule=schedule)}
        assert set(rows) == {visit.code for visit in planned}
        for visit in planned:
            row = rows[visit.code]
            assert (row.window_start, row.target, row.due) == visit[1:4]
            assert row.target <= today or row.state in ("PLANNED", "MISSED")
    assert PlannedVisit.objects.filter(state="DONE_IN_WINDOW").exists()
    trail = Change.objects.filter(table_name="followup_patient", action="demo.crowd")
    assert trail.count() == 30


def test_logins_are_printed_one_a_role(capsys):
    call_command("seed_demo", "--logins")
    lines = capsys.readouterr().out.splitlines()
    roles = [line.split()[0] for line in lines]
    assert len(set(roles)) == 9
    assert "nurse" in lines[0].split()


def test_production_is_refused(settings):
    settings.PRODUCTION = True
    with pytest.raises(Refused):
        seeding.seed(SYSTEM, count=1, seed=1)
    for arguments in (["--logins"], ["--patients", "1"]):
        with pytest.raises(CommandError):
            call_command("seed_demo", *arguments)
    assert not User.objects.filter(username="nurse").exists()
