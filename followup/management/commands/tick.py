"""`manage.py tick`: one scheduler run from a plain process, when Celery is not there."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from followup.actions import scheduler
from followup.core.actor import Actor


class Command(BaseCommand):
    """Once, or every so many seconds until stopped. Beat and this may run side by side."""

    help = "Sweep reminders, send mail, roll schedules; either this or Celery beat is enough."
    requires_system_checks: list[str] = []  # they read every page; who migrates has checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--every", type=float, help="seconds between runs; once without")

    def handle(self, *args: Any, **options: Any) -> None:
        """One run, or runs for ever."""
        every = options["every"]
        while True:
            started = time.monotonic()
            self._round()
            if every is None:
                return
            close_old_connections()
            time.sleep(max(0.0, every - (time.monotonic() - started)))

    def _round(self) -> None:
        ticked = scheduler.tick(Actor.process("tick"))
        sent = scheduler.send(Actor.process("send"))
        parts = [f"{name} {n}" for name, n in (ticked.counts + sent.counts).items() if n]
        self.stdout.write(", ".join(parts) or "nothing to do")
        for name in ticked.failed:
            self.stderr.write(f"failed: {name}")
