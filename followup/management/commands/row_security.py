"""`manage.py row_security`: which rows PostgreSQL guards for which login, and where it does not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.queries import row_security


class Command(BaseCommand):
    """`migrate` makes the policies again for every table; this looks whether they are there."""

    help = "Show what each login may do with each table and which policies guard it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--check", action="store_true", help="end with 1 when a wall has a gap")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line a table; with --check only what is wrong."""
        gaps = row_security.gaps()
        if not options["check"]:
            for line in row_security.overview():
                self.stdout.write(line)
        for gap in gaps:
            self.stdout.write(f"GAP {gap}")
        if gaps and options["check"]:
            raise CommandError("Run migrate as the owner of the tables; it makes the policies.")
        self.stdout.write("no gap" if not gaps else f"{len(gaps)} gaps")
