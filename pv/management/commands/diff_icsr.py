"""`manage.py diff_icsr A B`: two messages compared element by element, in words."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pv.queries import icsr_files


class Command(BaseCommand):
    """Prints nothing when both say the same."""

    help = "Compare two ICSR files element by element."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("first", type=Path, metavar="A")
        parser.add_argument("second", type=Path, metavar="B")
        parser.add_argument("--language", default="en", choices=["en", "zh"])
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print."""
        try:
            found = icsr_files.compare(options["first"], options["second"])
        except icsr_files.NoSuchFile as error:
            raise CommandError(str(error), returncode=1) from error
        for row in found:
            text = json.dumps(row, ensure_ascii=False)
            self.stdout.write(text if options["json"] else row[options["language"]])
