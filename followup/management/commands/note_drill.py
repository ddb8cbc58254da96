"""`manage.py note_drill`: what a drill of a restore measured, as JSON on standard input."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import system_events
from followup.actions.system_events import DrillResult
from followup.core.actor import Actor


class Command(BaseCommand):
    """`./run restore --verify` calls this on the database in use."""

    help = "Record the result of a drill of a restore (JSON on standard input)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and record."""
        try:
            result = DrillResult(**json.loads(sys.stdin.read()))
        except (TypeError, ValueError) as error:
            raise CommandError(f"not the result of a drill: {error}") from error
        system_events.note_drill(Actor.process("note_drill"), result=result)
        self.stdout.write("recorded")
