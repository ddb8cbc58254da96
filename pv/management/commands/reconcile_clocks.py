"""`manage.py reconcile_clocks`: bring flags and report clocks of stored cases into line."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from followup.core.actor import Actor
from pv.actions import cases as actions
from pv.queries import cases, clock_changes

ACTOR = Actor.process("reconcile_clocks")


class Command(BaseCommand):
    """Once after an upgrade, and whenever the reporting rules were loaded again."""

    help = "Reckon flags and report clocks of every case from its facts; nothing is deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--dry-run` lists the clocks that would change and writes nothing."""
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the cases in order of number; says how many clocks changed."""
        dry_run, total = options["dry_run"], 0
        for case in cases.every(ACTOR):
            with transaction.atomic():
                lines, changed = actions.reckon(ACTOR, case, reason=clock_changes.rules_in_use())
                transaction.set_rollback(dry_run)
            total += changed
            for line in lines if dry_run else ():
                before, after = line.before or "-", line.after or "-"
                self.stdout.write(f"{line.number} {line.receiver} {line.rule} {before} -> {after}")
        self.stdout.write(
            f"clocks that would change: {total}" if dry_run else f"clocks changed: {total}"
        )
