"""`manage.py load_isbt128 FILE --release 7.50`: load a site's licensed table of product codes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import reference
from followup.core.actor import Actor
from followup.core.problems import Refused


class Command(BaseCommand):
    """All of a table or nothing of it; the same file a second time changes nothing."""

    help = "Load ISBT 128 product description codes (code, description). The product ships none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("file", type=Path, help="CSV or tab-separated text")
        parser.add_argument("--release", required=True, help="release of the table, such as 7.50")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, load, tell how many."""
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        actor = Actor.process("load_isbt128")
        try:
            item, new = reference.load_product_codes(
                actor, content=content, release=options["release"]
            )
        except Refused as error:
            texts = [text for each in error.fields.values() for text in each] or [str(error)]
            raise CommandError("; ".join(map(str, texts))) from error
        number = len(item.data["codes"])
        self.stdout.write(f"{number} codes of release {item.version}{'' if new else ', as before'}")
