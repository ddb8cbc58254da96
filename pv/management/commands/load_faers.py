"""`manage.py load_faers [ARCHIVE ...]`: FDA's quarterly archives become a background set."""

import json
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import faers
from pv.actions.faers import Background

_ACTOR = Actor.process("load_faers")


class Command(BaseCommand):
    """A quarter that is loaded already is not loaded again; every line of a file is counted."""

    help = "Load FDA's quarterly ASCII archives and keep counts of drugs and reactions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("archives", nargs="*", type=Path, help="none: the folder's")
        parser.add_argument("--without-alike", action="store_true", help="leave out lookalikes")
        parser.add_argument("--json", action="store_true", help="one JSON object, with all notes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, count, keep, and say what was mended and refused."""
        paths = options["archives"] or faers.archives()
        for path in paths:
            if not path.is_file():
                raise CommandError(f"{path}: there is no such file")
        try:
            with tempfile.TemporaryDirectory(dir=faers.folder()) as work:
                made = faers.build(
                    _ACTOR, paths, Path(work), without_alike=options["without_alike"]
                )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["json"]:
            self.stdout.write(json.dumps(made.report(), ensure_ascii=False))
        else:
            self._tell(made)
        if made.problems:
            raise CommandError("; ".join(f"{name}: {reason}" for name, reason in made.problems))

    def _tell(self, made: Background) -> None:
        for quarter in made.loaded:
            for one in quarter.files:
                what = ", ".join(f"{count} {name}" for name, count in sorted(one.what.items()))
                self.stdout.write(
                    f"{quarter.quarter} {one.name}: {one.lines} lines = {one.clean} clean + "
                    f"{one.mended} mended + {one.refused} refused; {one.rows} rows, "
                    f"{one.loaded} loaded{f' ({what})' if what else ''}"
                )
        totals = made.totals
        self.stdout.write(
            f"{totals.reports} reports - {totals.deleted} deleted - {totals.superseded} superseded "
            f"= {totals.counted} cases, {totals.alike} alike another; "
            f"{made.pairs} pairs kept as {faers.NAME} {made.version}"
        )
