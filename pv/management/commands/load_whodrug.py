"""`manage.py load_whodrug FOLDER --release 2026-09`: load a customer's licensed dictionary."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import drug_coding
from pv.domain.coding import DrugProblem

_ACTOR = Actor.process("load_whodrug")
_STEMS = ("dd", "dda", "mp", "thg", "ing", "sun")
_WORDS = {
    DrugProblem.FILE_MISSING: "the file is missing; a B3 folder has DD, a C3 folder MP",
    DrugProblem.NOT_READABLE: "not UTF-8",
    DrugProblem.CODE: "not a record number with its sequence numbers (6, 2 and 3 digits)",
    DrugProblem.NAME: "no name, or no identifier",
    DrugProblem.TWICE: "the identifier stands here twice",
    DrugProblem.ATC: "not an ATC code",
    DrugProblem.NO_DRUG: "the files name no drug",
    DrugProblem.VERSION: "give the month or day of the release: --release 2026-09",
}


class Command(BaseCommand):
    """All of a release or nothing of it; the same files a second time change nothing."""

    help = "Load the B3 or C3 files of a WHODrug release. The product ships no dictionary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("folder", type=Path, help="with DD and DDA (B3) or MP, THG, ING, SUN")
        parser.add_argument("--release", default="", help="month or day of the release: 2026-09")
        parser.add_argument("--dry-run", action="store_true", help="read and check only")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the files, load them, say how many names."""
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        wanted = {f"{stem}{end}" for stem in _STEMS for end in (".txt", ".csv")}
        files = {
            path.name.lower(): path.read_bytes()
            for path in folder.iterdir()
            if path.name.lower() in wanted
        }
        try:
            with transaction.atomic(durable=False):
                row, fresh = drug_coding.load_release(_ACTOR, files, version=options["release"])
                transaction.set_rollback(options["dry_run"])
        except drug_coding.DrugReleaseRefused as refused:
            for fault in refused.faults:
                place = f"{fault.file}:{fault.line}" if fault.line else fault.file or str(folder)
                self.stderr.write(f"{place}: {_WORDS[fault.problem]} {fault.text}".rstrip())
            raise CommandError("nothing was loaded") from refused
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            told = {"format": row.form, "version": row.version, "names": row.names}
            self.stdout.write(json.dumps({**told, "loaded": fresh and not options["dry_run"]}))
            return
        state = "would be loaded" if options["dry_run"] else "loaded" if fresh else "was there"
        self.stdout.write(f"{row}: {row.names} names, {state}")
