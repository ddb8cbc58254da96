"""A register that was in use: its rows are filled once, its clocks reckoned from its facts."""

import io
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction

from followup.actions import events
from followup.actions.events import EventInput
from followup.core import audit, clock
from followup.core.permissions import Role
from pv.actions import cases
from pv.models import Case, CaseSource, CaseVersion, ReportClock
from tests import factories

pytestmark = pytest.mark.django_db
KNOWN = clock.today() - timedelta(days=9)


@pytest.fixture
def case() -> Case:
    site = factories.make_site()
    nurse = factories.make_actor(Role.NURSE, site=site)
    infusion = factories.infusion_of(factories.register(nurse, site))
    given = EventInput(
        verbatim="肺炎",
        aware_on=KNOWN,
        reporter_name="李",
        serious=True,
        seriousness=("HOSPITALISATION",),
    )
    event = events.report(nurse, infusion, given=given)
    return Case.objects.get(sources__event=event)


def old(case: Case) -> None:
    """As the rows stood before there were columns for what a source says."""
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.old"):
        unknown = {"serious": None, "fatal": None}
        CaseVersion.objects.filter(case=case).update(**unknown)
        CaseSource.objects.filter(case=case).update(life_threatening=None, **unknown)


def fill() -> None:
    migration = import_module("pv.migrations.0005_awareness_and_sending")
    with transaction.atomic():
        migration.fill(apps, None)


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("reconcile_clocks", *options, stdout=out)
    return out.getvalue().strip()


def test_stored_rows_say_what_their_values_say(case):
    old(case)
    fill()
    source, version = case.sources.get(), case.versions.get()
    assert (source.serious, source.fatal, source.life_threatening) == (True, False, False)
    assert (version.serious, version.fatal) == (True, False)
    assert (source.case_version, source.starts_clock) == (1, True)
    assert run() == "clocks changed: 0"


def test_a_death_that_was_only_written_into_the_case_gets_its_clock(case):
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    case = cases.edit(
        officer, case, changes={"E.i[1].3.2a": "true"}, lock_version=case.lock_version
    )
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.old"):
        CaseSource.objects.filter(case=case, kind="judgement").update(
            serious=None, fatal=None, life_threatening=None, starts_clock=False
        )
    before = list(ReportClock.objects.order_by("id").values()), case.sources.count()
    trial = run("--dry-run")
    # The edit had started it today; it counts from the first receipt, and is named before it moves.
    assert f"{case.number} NMPA CN-D {clock.today()} -> {KNOWN}" in trial
    assert (list(ReportClock.objects.order_by("id").values()), case.sources.count()) == before
    assert run() == trial.splitlines()[-1].replace("that would change", "changed")
    row = Case.objects.get(id=case.id)
    assert row.fatal is True
    assert row.clocks.get(rule="CN-D", stopped_at__isnull=True).day_zero == KNOWN
    assert run() == "clocks changed: 0"
