"""`manage.py exchange_folder DIR`: takes what a gateway has put into a folder, once it rests."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import exchanges
from pv.adapters import folders
from pv.adapters.inboxes import FolderInbox

_ACTOR = Actor.process("exchange_folder")


class Command(BaseCommand):
    """Each file is stored and committed before it moves to DIR/done; a cut run starts again."""

    help = "Take acknowledgements out of a folder; one that waits for a person is on the page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument(
            "--rest",
            type=float,
            default=60.0,
            help="seconds between the two looks at a file; 60 unless told",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look twice, take what rests; exit status 1 when a file could not be taken."""
        folder: Path = options["folder"]
        try:
            before = folders.look(folder)
            time.sleep(max(0.0, options["rest"]) if before else 0.0)
            names = folders.ready(before, folders.look(folder))
        except OSError as error:
            raise CommandError(f"{folder}: {error.strerror}") from error
        failed, inbox = False, FolderInbox(folder)
        for name in names:
            try:
                state = exchanges.take_file(_ACTOR, inbox, name, door="folder")
            except (OSError, Refused) as error:
                failed = True
                self.stderr.write(f"{name!a}: {error}")
                continue
            self.stdout.write(f"{name!a}: {state}")
        if failed:
            raise CommandError("at least one file stays in the folder", returncode=1)
