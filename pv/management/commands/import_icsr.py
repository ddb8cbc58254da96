"""`manage.py import_icsr FILE...`: received messages become cases, every element kept."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import icsr
from pv.domain.e2b.refusals import MessageRefused
from pv.queries import icsr_files


class Command(BaseCommand):
    """A message that is refused is said and the rest goes on; exit status 1 then."""

    help = "Read ICSR files into cases and list what could not be placed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in each message of each file."""
        failed = False
        for path in options["files"]:
            for row in _taken(path):
                failed = failed or row["case"] is None
                if options["json"]:
                    self.stdout.write(json.dumps(row, ensure_ascii=False))
                elif row["case"] is None:
                    self.stderr.write(f"{row['file']}: {row['refused']}")
                else:
                    self.stdout.write(f"{row['file']}: {row['case']}")
                    for place, value in row["unplaced"]:
                        self.stdout.write(f"  not placed: {place} = {value}")
        if failed:
            raise CommandError("at least one message was not taken in", returncode=1)


def _taken(path: Path) -> Any:
    """One row per message: the case it became, or why it was refused."""
    actor = Actor.process("import_icsr")
    try:
        for message in icsr_files.messages(path):
            row: dict[str, Any] = {"file": str(path), "case": None, "unplaced": []}
            try:
                row["case"] = icsr.take_in(actor, message, file_name=path.name).number
                row["unplaced"] = [[u.path, u.value] for u in message.unplaced]
            except Refused as refused:
                row["refused"] = str(refused)
            yield row
    except (MessageRefused, icsr_files.NoSuchFile) as error:
        yield {"file": str(path), "case": None, "unplaced": [], "refused": str(error)}
