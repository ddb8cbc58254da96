"""`manage.py load_whodrug FOLDER --release 2026-09`: load a customer's licensed dictionary."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from followup.core.actor import Actor
from pv.actions import drug_coding
from pv.domain.coding import DrugProblem
from pv.management.release_command import ReleaseCommand

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


class Command(ReleaseCommand):
    """All of a release or nothing of it; the same files a second time change nothing."""

    help = "Load the B3 or C3 files of a WHODrug release. The product ships no dictionary."
    words, counted = _WORDS, "names"
    told: ClassVar = {"format": "form", "version": "version"}

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("folder", type=Path, help="with DD and DDA (B3) or MP, THG, ING, SUN")
        parser.add_argument("--release", default="", help="month or day of the release: 2026-09")
        super().add_arguments(parser)

    def files(self, folder: Path) -> dict[str, bytes]:
        """The tables of either format, as text or as CSV."""
        wanted = {f"{stem}{end}" for stem in _STEMS for end in (".txt", ".csv")}
        return {
            path.name.lower(): path.read_bytes()
            for path in folder.iterdir()
            if path.name.lower() in wanted
        }

    def load(self, files: Mapping[str, bytes], options: Mapping[str, Any]) -> tuple[Any, bool]:
        """Load the drug names."""
        return drug_coding.load_release(_ACTOR, files, version=options["release"])
