"""`manage.py read_ack FILE...`: what a receiver answered, message by message."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pv.domain.e2b.ack import MessageAcknowledgement, MessageCode, Remark, TransmissionCode
from pv.domain.e2b.refusals import MessageRefused
from pv.queries import icsr_files

_BATCH = {
    TransmissionCode.ALL: "accepted (AA)",
    TransmissionCode.SOME: "has errors or remarks (AE)",
    TransmissionCode.NONE: "rejected (AR)",
    None: "says no result",
}
_MESSAGE = {
    MessageCode.LOADED: "loaded (CA)",
    MessageCode.NOT_LOADED: "not loaded (CR)",
    None: "says no result",
}


def _remarks(
    message: MessageAcknowledgement,
) -> tuple[tuple[str, tuple[Remark, ...]], tuple[str, tuple[Remark, ...]]]:
    return ("rejected", message.rejections), ("warning", message.warnings)


class Command(BaseCommand):
    """One JSON object per file and line with --json; exit status 1 when a file is no ACK."""

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
                self.stderr.write(str(error) if str(path) in str(error) else f"{path}: {error}")
                continue
            if options["json"]:
                row = {"file": str(path), **asdict(ack)}
                self.stdout.write(json.dumps(row, ensure_ascii=False))
                continue
            self.stdout.write(f"{path}: batch {ack.batch_number or '?'} {_BATCH[ack.code]}")
            for message in ack.messages:
                self.stdout.write(f"  {message.message_number or '?'} {_MESSAGE[message.code]}")
                for kind, remarks in _remarks(message):
                    for remark in remarks:
                        self.stdout.write(f"    {kind}: {remark.text}")
        if failed:
            raise CommandError("at least one file is not an acknowledgement", returncode=1)
