"""`manage.py state_diagrams`: the page that draws every table of states."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pv.queries import states


class Command(BaseCommand):
    """Write docs/states.md, or with `--check` say whether it is what the tables say."""

    help = "Draw docs/states.md from the tables of states."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--check", action="store_true", help="write nothing; fail when stale")

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw the page and write or compare it."""
        path = Path(settings.BASE_DIR) / "docs" / "states.md"
        text = states.page()
        if options["check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                raise CommandError("docs/states.md is stale: ./run manage state_diagrams")
            return
        path.write_text(text, encoding="utf-8")
        self.stdout.write("docs/states.md")
