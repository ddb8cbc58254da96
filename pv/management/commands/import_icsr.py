"""`manage.py import_icsr FILE...`: received messages become cases or offers to known ones."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from pv.actions import receptions
from pv.queries import icsr_files

_ACTOR = Actor.process("import_icsr")


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
                failed = failed or row["refused"] is not None
                if options["json"]:
                    self.stdout.write(json.dumps(row, ensure_ascii=False))
                elif row["refused"] is not None:
                    self.stderr.write(f"{row['file']} message {row['message']}: {row['refused']}")
                else:
                    self.stdout.write(f"{row['file']}: {row['case']} {row['outcome']}")
                    if row["possible_duplicates"]:
                        self.stdout.write(f"  possible duplicates: {row['possible_duplicates']}")
                    for place, value in row["unplaced"]:
                        self.stdout.write(f"  not placed: {place} = {value}")
        if failed:
            raise CommandError("at least one message was not taken in", returncode=1)


def _taken(path: Path) -> Iterator[dict[str, Any]]:
    """One row per message: the case it belongs to and what became of it, or why it was refused."""
    try:
        messages = icsr_files.messages(path)
        for line in receptions.import_icsrs(_ACTOR, messages, file_name=path.name):
            yield _row(path, line)
    except icsr_files.NoSuchFile as error:
        yield _row(path, receptions.Line(0, refused=str(error)))


def _row(path: Path, line: receptions.Line) -> dict[str, Any]:
    taken = line.taken
    return {
        "file": str(path),
        "message": line.number,
        "case": taken.case.number if taken else None,
        "outcome": taken.outcome.value if taken else None,
        "kind": taken.received.kind if taken and taken.received else None,
        "refused": line.refused or None,
        "unplaced": [list(item) for item in line.unplaced],
        "possible_duplicates": taken.look_alike if taken else 0,
    }
