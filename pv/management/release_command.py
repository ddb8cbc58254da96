"""What the commands that load a customer's licensed dictionary have in common."""

import json
from abc import abstractmethod
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from followup.core.problems import Refused
from pv.actions.dictionary_files import ReleaseRefused


class ReleaseCommand(BaseCommand):
    """All of a release or nothing of it; the same files a second time change nothing.

    `words` name the problems of its files, `counted` is the column that counts what it holds, and
    `told` are the columns of its row that `--json` names, by the name there.
    """

    words: ClassVar[Mapping[Any, str]]
    counted: ClassVar[str]
    told: ClassVar[Mapping[str, str]]

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--dry-run", action="store_true", help="read and check only")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    @abstractmethod
    def files(self, folder: Path) -> dict[str, bytes]:
        """The files of a release in a folder, by name in small letters."""

    @abstractmethod
    def load(self, files: Mapping[str, bytes], options: Mapping[str, Any]) -> tuple[Any, bool]:
        """Load them; the row of the release, and whether something was loaded."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the files, load them, say how much they hold."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        files = self.files(folder)
        try:
            with transaction.atomic(durable=False):
                row, fresh = self.load(files, options)
                transaction.set_rollback(options["dry_run"])
        except ReleaseRefused as refused:
            for fault in refused.faults:
                place = f"{fault.file}:{fault.line}" if fault.line else fault.file or str(folder)
                self.stderr.write(f"{place}: {self.words[fault.problem]} {fault.text}".rstrip())
            raise CommandError("nothing was loaded") from refused
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        count = getattr(row, self.counted)
        if options["json"]:
            told = {name: getattr(row, column) for name, column in self.told.items()}
            told |= {self.counted: count, "loaded": fresh and not options["dry_run"]}
            self.stdout.write(json.dumps(told))
            return
        state = "would be loaded" if options["dry_run"] else "loaded" if fresh else "was there"
        self.stdout.write(f"{row}: {count} {self.counted}, {state}")
