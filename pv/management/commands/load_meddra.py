"""`manage.py load_meddra FOLDER`: load a customer's licensed MedDRA release, one language."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from followup.core.actor import Actor
from pv.actions import coding
from pv.domain.coding import ReleaseProblem
from pv.management.release_command import ReleaseCommand

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


class Command(ReleaseCommand):
    """All of a release or nothing of it; the same files a second time change nothing."""

    help = "Load the MedAscii folder of a MedDRA release. The product ships no dictionary."
    words, counted = _WORDS, "terms"
    told: ClassVar = {"version": "version", "language": "language"}

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("folder", type=Path, help="with llt.asc, pt.asc and mdhier.asc")
        parser.add_argument("--release", default="", help="version when no file says it: 28.1")
        parser.add_argument("--language", default="", choices=["", "en", "zh"])
        super().add_arguments(parser)

    def files(self, folder: Path) -> dict[str, bytes]:
        """The files of MedAscii, there or in the folder of that name below."""
        inner = folder / "MedAscii"
        known = {
            path.name.lower(): path for path in (inner if inner.is_dir() else folder).iterdir()
        }
        return {name: known[name].read_bytes() for name in _FILES if name in known}

    def load(self, files: Mapping[str, bytes], options: Mapping[str, Any]) -> tuple[Any, bool]:
        """Load the terms with their hierarchy, and the SMQs."""
        release, language = options["release"], options["language"]
        return coding.load_release(_ACTOR, files, version=release, language=language)
