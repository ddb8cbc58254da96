"""`manage.py verify_audit`: whether trail and rows are as they were sealed."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import verifications
from followup.core.actor import Actor
from followup.domain import seals as rules
from followup.queries import seals


class Command(BaseCommand):
    """Ends with 1 at the first wrong row and names it."""

    help = "Verify the sealed trail, against anchors outside this database where they are given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument(
            "--anchors", type=Path, action="append", default=[], help="anchor file, or saved mails"
        )
        parser.add_argument("--since-last", action="store_true", help="go on from the last walk")
        parser.add_argument("--chain-only", action="store_true", help="leave out the rows")

    def handle(self, *args: Any, **options: Any) -> None:
        """Verify and print."""
        actor, started = Actor.process("verify_audit"), time.monotonic()
        anchors = dict(seals.known_heads(actor))
        for path in options["anchors"]:
            try:
                anchors |= rules.anchors_of(path.read_text())  # those outside count more
            except (OSError, ValueError) as error:
                raise CommandError(f"{path}: {error}") from error
        done = verifications.verify(
            actor,
            anchors=anchors,
            everything=not options["since_last"],
            rows=not options["chain_only"],
        )
        seconds = max(time.monotonic() - started, 0.001)
        self.stdout.write(
            f"{done.checked} changes, {done.first_seq} to {done.last_seq}, "
            f"{len(anchors)} anchors, {seconds:.1f} s ({done.checked / seconds:.0f} a second)"
        )
        if done.fault:
            place = f"number {done.fault_seq}" if done.fault_seq else "no number"
            raise CommandError(f"WRONG: {done.fault}, {place}, {done.fault_row or 'no record'}")
        self.stdout.write(f"sound: {done.chain}")
