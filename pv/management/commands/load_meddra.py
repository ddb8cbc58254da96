"""`manage.py load_meddra FOLDER`: load a customer's licensed MedDRA release, one language."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import coding
from pv.domain.coding import ReleaseProblem

_ACTOR = Actor.process("load_meddra")
_FILES = (
    "llt.asc",
    "pt.asc",
    "mdhier.asc",
    "meddra_release.asc",
    "smq_list.asc",
    "smq_content.asc",
)
_WORDS = {
    ReleaseProblem.FILE_MISSING: "the file is missing",
    ReleaseProblem.NOT_READABLE: "neither UTF-8 nor the charset of older releases",
    ReleaseProblem.FIELDS: "too few fields",
    ReleaseProblem.CODE: "not a code of eight digits",
    ReleaseProblem.NAME: "no name",
    ReleaseProblem.TWICE: "the code stands here twice",
    ReleaseProblem.NO_PT: "no such preferred term",
    ReleaseProblem.NO_PRIMARY: "not exactly one primary system organ class",
    ReleaseProblem.FLAG: "neither Y nor N",
    ReleaseProblem.VERSION: "give the version, for example --release 28.1",
    ReleaseProblem.LANGUAGE: "give the language: --language en or zh",
}


class Command(BaseCommand):
    """All of a release or nothing of it; the same files a second time change nothing."""

    help = "Load the MedAscii folder of a MedDRA release. The product ships no dictionary."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("folder", type=Path, help="with llt.asc, pt.asc and mdhier.asc")
        parser.add_argument("--release", default="", help="version when no file says it: 28.1")
        parser.add_argument("--language", default="", choices=["", "en", "zh"])
        parser.add_argument("--dry-run", action="store_true", help="read and check only")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the files, load them, say how many terms."""
        folder: Path = options["folder"]
        if (folder / "MedAscii").is_dir():
            folder = folder / "MedAscii"
        if not folder.is_dir():
            raise CommandError(f"{folder}: there is no such folder")
        known = {path.name.lower(): path for path in folder.iterdir()}
        files = {name: known[name].read_bytes() for name in _FILES if name in known}
        try:
            with transaction.atomic(durable=False):
                row, fresh = coding.load_release(
                    _ACTOR, files, version=options["release"], language=options["language"]
                )
                transaction.set_rollback(options["dry_run"])
        except coding.ReleaseRefused as refused:
            for fault in refused.faults:
                place = f"{fault.file}:{fault.line}" if fault.line else fault.file
                self.stderr.write(f"{place}: {_WORDS[fault.problem]} {fault.text}".rstrip())
            raise CommandError("nothing was loaded") from refused
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            told = {"version": row.version, "language": row.language, "terms": row.terms}
            self.stdout.write(json.dumps({**told, "loaded": fresh and not options["dry_run"]}))
            return
        state = "would be loaded" if options["dry_run"] else "loaded" if fresh else "was there"
        self.stdout.write(f"{row}: {row.terms} terms, {state}")
