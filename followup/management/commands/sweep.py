"""`manage.py sweep`: make the reminders of a day, or tell which would be made."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import reminders as actions
from followup.core import clock
from followup.core.actor import Actor
from followup.queries import reminders
from followup.queries.reminders import ReminderPreview


class Command(BaseCommand):
    """A dry run may look at any day and writes nothing; a sweep is never ahead of the clock."""

    help = "Turn what is due into notices, or with --dry-run print what would go."
    requires_system_checks: list[str] = []  # they read every page; who migrates has checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--as-of", type=date.fromisoformat, help="YYYY-MM-DD; today without")
        parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
        parser.add_argument("--json", action="store_true", help="a JSON list")
        parser.add_argument("--all", action="store_true", help="with rungs overtaken by later ones")

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep or tell."""
        today = options["as_of"] or clock.today()
        if options["dry_run"]:
            self._tell(today, as_json=options["json"], overtaken=options["all"])
        else:
            self._sweep(today, as_json=options["json"])

    def _tell(self, today: date, *, as_json: bool, overtaken: bool) -> None:
        told = reminders.tell(Actor.process("sweep"), today=today)
        rows = [row for row in told if overtaken or row.state != "superseded"]
        if as_json:
            self.stdout.write(json.dumps([asdict(r) for r in rows], default=str, indent=1))
            return
        for row in rows:
            self.stdout.write(_line(row, today))
        self.stdout.write(f"{len(rows)} would be made on {today}")

    def _sweep(self, today: date, *, as_json: bool) -> None:
        if today > clock.today():
            raise CommandError("A day that has not come yet can only be looked at: --dry-run.")
        actor = Actor.process("sweep")
        done = [actions.sweep(actor, kind=kind, today=today) for kind in reminders.registered()]
        done += [
            actions.look_back(actor, kind=kind, today=today) for kind in reminders.registered()
        ]
        if as_json:
            self.stdout.write(json.dumps([asdict(swept) for swept in done], indent=1))
            return
        for swept in done:
            state = "another sweep is at it" if swept.skipped else f"{swept.live} made"
            self.stdout.write(f"{swept.kind:10} {state}, {swept.overtaken} overtaken")


def _line(row: ReminderPreview, today: date) -> str:
    left = (row.due - today).days
    return (
        f"{row.due} {left:+5d} d  {row.rung:9} {row.channel:6} {row.recipient:16} "
        f"{row.obligation.partition(':')[0]:9} {row.label}"
    )
