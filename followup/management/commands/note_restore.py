"""`manage.py note_restore --source FILE --reason TEXT`: a restore is an entry of the trail."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from followup.actions import seals, system_events
from followup.core.actor import Actor


class Command(BaseCommand):
    """Run once after a restore, before people work again."""

    help = "Record that this database was restored, and seal the record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--source", required=True, help="which backup")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Record and seal."""
        actor = Actor.process("note_restore")
        row = system_events.note_restore(actor, source=options["source"], reason=options["reason"])
        seals.seal_all(actor)
        self.stdout.write(f"recorded; the database came back with number {row.details['seq']}")
