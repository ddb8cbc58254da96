"""`manage.py reconcile_clocks`: bring flags and report clocks of stored cases into line."""

from typing import Any

from django.core.management.base import BaseCommand

from followup.core.actor import Actor
from pv.actions import cases as actions
from pv.queries import cases

ACTOR = Actor.process("reconcile_clocks")


class Command(BaseCommand):
    """Once after an upgrade, and whenever the reporting rules were loaded again."""

    help = "Reckon flags and report clocks of every case from its facts; nothing is deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the cases in order of number; says how many clocks changed."""
        changed = 0
        for case in cases.every(ACTOR):
            changed += actions.reckon(ACTOR, case)
        self.stdout.write(f"clocks changed: {changed}")
