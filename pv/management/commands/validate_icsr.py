"""`manage.py validate_icsr FILE...`: what a receiver would say, without the database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core import clock
from pv.domain.e2b.checks import Profile
from pv.queries import icsr_files


class Command(BaseCommand):
    """One JSON object per file and line with --json; exit status 1 when a file has errors."""

    help = "Validate ICSR files for a receiver: schema step, reader and rules."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--profile", default="ich", choices=[p.value for p in Profile])
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine each file and print; a file that cannot be read does not stop the rest."""
        failed = False
        for path in options["files"]:
            try:
                found = icsr_files.examine(path, Profile(options["profile"]), now=clock.today())
            except icsr_files.NoSuchFile as error:
                failed = True
                self.stderr.write(str(error))
                continue
            failed = failed or not found.accepted
            if options["json"]:
                self.stdout.write(json.dumps(found.as_dict(), ensure_ascii=False))
            else:
                self._print(found)
        if failed:
            raise CommandError("at least one file is not valid", returncode=1)

    def _print(self, found: icsr_files.Examination) -> None:
        verdict = "valid" if found.accepted else "NOT VALID"
        self.stdout.write(f"{found.file}: {verdict}; schema {found.schema}")
        if found.refused:
            self.stdout.write(f"  refused: {found.refused}")
        for line in found.schema_errors:
            self.stdout.write(f"  schema {line}")
        for f in found.findings:
            self.stdout.write(f"  {f.severity} {f.rule} {f.path}: {f.message_en}")
        for path, value in found.unplaced:
            self.stdout.write(f"  unplaced {path}: {value}")
