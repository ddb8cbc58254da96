"""`manage.py load_e2b_schemas PATH`: ICH's schema set, which the product does not carry."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pv.adapters import schemas


class Command(BaseCommand):
    """Takes ICH's zip or a folder; until then every schema step says that it did not run."""

    help = "Install the HL7/ICH schema files for the schema step."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Install and say what was installed."""
        if not options["path"].exists():
            raise CommandError(f"{options['path']} does not exist")
        try:
            done = schemas.install(options["path"], Path(settings.E2B_SCHEMA_ROOT))
        except schemas.SchemasRefused as refused:
            raise CommandError(f"not a schema set: {refused}") from refused
        if done.warning:
            self.stderr.write("The file differs from ICH's published set (SHA-256).")
        self.stdout.write(f"{done.files} schema files installed.")
