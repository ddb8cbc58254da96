"""`manage.py heartbeat`: when beat, worker and database last completed a run."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from followup.queries import scheduler

FRESH = 90  # seconds; a tick comes every twenty


class Command(BaseCommand):
    """Prints each heartbeat; with --check the exit status tells whether ticks arrive."""

    help = "Show when the worker last ticked, swept and sent."
    requires_system_checks: list[str] = []  # they read every page; who migrates has checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--check", action="store_true", help=f"fail after {FRESH} seconds")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, and check the tick."""
        ages = {name: age.total_seconds() for name, age in scheduler.ages().items()}
        for name, seconds in ages.items():
            self.stdout.write(f"{name:8} {seconds:.0f} s ago")
        if not ages:
            self.stdout.write("no tick yet")
        if options["check"] and ages.get("tick", FRESH) >= FRESH:
            sys.exit(1)
