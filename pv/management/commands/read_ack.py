"""`manage.py read_ack FILE...`: what a receiver answered, message by message."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pv.domain.e2b.refusals import MessageRefused
from pv.queries import icsr_files


class Command(BaseCommand):
    """One JSON object a line per file with --json; exit status 1 when a file is no ACK."""

    help = "Read acknowledgements of a gateway."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and print each file."""
        failed = False
        for path in options["files"]:
            try:
                ack = icsr_files.acknowledgement(path)
            except (icsr_files.NoSuchFile, MessageRefused) as error:
                failed = True
                self.stderr.write(f"{path}: {error}")
                continue
            if options["json"]:
                row = {"file": str(path), **asdict(ack)}
                self.stdout.write(json.dumps(row, ensure_ascii=False))
                continue
            self.stdout.write(f"{path}: batch {ack.batch_number} {ack.code}")
            for message in ack.messages:
                self.stdout.write(f"  {message.message_number} {message.code}")
                for remark in (*message.rejections, *message.warnings):
                    self.stdout.write(f"    {remark.text}")
        if failed:
            raise CommandError("at least one file is not an acknowledgement", returncode=1)
