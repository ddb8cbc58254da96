"""`manage.py roundtrip_icsr FILE...`: read, write, read again; is the file whole?"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pv.queries import icsr_files


class Command(BaseCommand):
    """One JSON object per file and line; exit status 1 when a file is not whole.

    Whole means that every word has its element; what has none is listed, and written back.
    """

    help = "Prove that nothing of an ICSR file is lost on the way through."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send each file on the round trip and print."""
        broken = False
        for path in options["files"]:
            try:
                row = icsr_files.round_trip(path)
            except icsr_files.NoSuchFile as error:
                row = {"file": str(path), "equal": False, "refused": str(error)}
            broken = broken or not row["equal"] or row.get("xsd") == "invalid"
            if options["json"]:
                self.stdout.write(json.dumps(row, ensure_ascii=False))
            else:
                self.stdout.write(f"{row['file']}: {_verdict(row)}")
                for place, value in row.get("unplaced", []):
                    self.stdout.write(f"  no element, written back as it was: {place} = {value}")
                for place, _value in row.get("tolerated", []):
                    self.stdout.write(f"  understood although missing: {place}")
                for item in row.get("differences", []):
                    self.stdout.write(f"  {item['en']}")
        if broken:
            raise CommandError("at least one file is not whole", returncode=1)


def _verdict(row: dict[str, Any]) -> str:
    """Whether the file came through, in words."""
    if "refused" in row:
        return f"refused. {row['refused']}"
    schema = f"schema {row.get('xsd', 'not run')}"
    if row["equal"]:
        return f"whole; {schema}"
    if row["lossless"]:
        return f"NOT WHOLE in elements, but nothing is lost; {schema}"
    return f"NOT WHOLE; {schema}"
