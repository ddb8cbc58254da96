"""`manage.py import_ack FILE...`: acknowledgements of receivers move the submissions they name."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import acknowledgements
from pv.queries import icsr_files

_ACTOR = Actor.process("import_ack")


class Command(BaseCommand):
    """One line per file; exit status 1 when one or more wait for a person or could not be read."""

    help = "Take in acknowledgements: what is not ours or contradicts waits on the page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen only")
        parser.add_argument("--json", action="store_true", help="one JSON object per line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take in each file; one that is refused is named and the rest goes on."""
        failed = False
        for path in options["files"]:
            row = _one(path, dry_run=options["dry_run"])
            failed = failed or row["state"] not in ("applied", "repeated")
            if options["json"]:
                self.stdout.write(json.dumps(row, ensure_ascii=False))
                continue
            again = " (was here before)" if row["again"] else ""
            self.stdout.write(f"{path}: {row['state']}{again} {row['problem']}".rstrip())
            for line in row["lines"]:
                words = (line["message"], line["file_name"], line["effect"], line["decision"])
                self.stdout.write(f"  {' '.join(w for w in words if w)} {line['problem']}".rstrip())
        if failed:
            raise CommandError("at least one file waits or could not be read", returncode=1)


def _one(path: Path, *, dry_run: bool) -> dict[str, Any]:
    """What became, or would become, of one file."""
    base = {"file": str(path), "again": False, "lines": []}
    try:
        data = icsr_files.content(path)
        with transaction.atomic(durable=False):
            received = acknowledgements.receive(_ACTOR, data, file_name=path.name, door="command")
            row = received.acknowledgement
            told = {"state": row.state, "problem": row.problem_told, "lines": row.lines}
            transaction.set_rollback(dry_run)
    except (icsr_files.NoSuchFile, Refused) as error:
        return {**base, "state": "refused", "problem": str(error)}
    return {**base, **told, "again": received.repeated}
