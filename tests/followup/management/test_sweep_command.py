"""`manage.py sweep` and `tick`: telling without writing, sweeping never ahead of the clock."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from followup.core import clock, jobs
from followup.core.models import Heartbeat, Notice, Watermark
from followup.core.permissions import Role
from followup.models import PlannedVisit
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit():
    site = factories.make_site()
    nurse = factories.make_user(Role.NURSE, site=site)
    patient = factories.register(factories.actor_of(nurse), site)
    return PlannedVisit.objects.get(patient=patient, code="M6")


def test_a_dry_run_prints_what_would_go_and_writes_nothing(visit, capsys):
    day = visit.due + timedelta(days=1)
    call_command("sweep", "--as-of", str(day), "--dry-run", "--json")
    rows = json.loads(capsys.readouterr().out)
    mine = [row for row in rows if row["obligation"] == f"visit:{visit.id}"]
    assert {(row["rung"], row["channel"], row["state"]) for row in mine} == {
        ("ended", "in_app", "sent"),
        ("ended", "email", "pending"),
    }
    assert not Notice.objects.exists()
    assert not Watermark.objects.exists()
    call_command("sweep", "--as-of", str(day), "--dry-run", "--all")
    text = capsys.readouterr().out
    assert "ends_soon" in text
    assert f"would be made on {day}" in text


def test_a_sweep_is_never_ahead_of_the_clock(visit):
    ahead = clock.today() + timedelta(days=1)
    with pytest.raises(CommandError, match="dry-run"):
        call_command("sweep", "--as-of", str(ahead))
    assert not Notice.objects.exists()


def test_a_sweep_makes_the_notices_of_today(visit, capsys):
    call_command("sweep", "--json")
    kinds = {row["kind"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(kinds) == {
        "access_review",
        "identity_reveal",
        "visit",
        "centre",
        "clock",
        "comment",
        "duty",
        "duty_abroad",
        "escalation",
        "milestone",
        "risk_measure",
        "authority_answer",
        "study_limit",
        "appointment",
        "call_back",
        "legal_end",
        "watch",
        "answer",
        "rejection",
        "screening",
        "transfer",
        "sending",
        "acknowledgement",
        "data_query",
        "consent_form",
        "follow_up_request",
        "follow_up_escalation",
    }
    assert Notice.objects.exists()
    call_command("sweep")
    assert "0 made" in capsys.readouterr().out


def test_a_tick_from_a_plain_process_does_the_whole_round(visit, capsys, monkeypatch):
    monkeypatch.setattr(jobs, "waiting", list)
    call_command("tick")
    assert "sweep visit" in capsys.readouterr().out
    names = set(Heartbeat.objects.values_list("name", flat=True))
    assert names == {"tick", "sweep", "send"}
