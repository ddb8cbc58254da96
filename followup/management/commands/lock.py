"""`manage.py lock --name NAME`: keep what is known now under a name."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import data_locks
from followup.core.actor import Actor
from followup.core.problems import Refused


class Command(BaseCommand):
    """Prints the number of the seal that the lock stands for."""

    help = "Make a data lock, for reports that stay the same for ever."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--name", required=True)
        parser.add_argument("--purpose", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        try:
            row = data_locks.make(
                Actor.process("lock"), name=options["name"], purpose=options["purpose"]
            )
        except Refused as refused:
            texts = [text for group in refused.fields.values() for text in group]
            raise CommandError(" ".join(texts)) from refused
        self.stdout.write(f"{row.name}: number {row.seq}, chain {row.chain}")
