"""`manage.py seed_demo`: a world that looks like life; `--logins` prints who may sign in."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.demo import reporting, seeding
from pv.demo.world import LOGINS


class Command(BaseCommand):
    """Refused in production: the logins are fixed and published."""

    help = "Fill an empty database with invented hospitals, people, patients and cases."
    requires_system_checks: list[str] = []  # they read every page; who migrates has checked

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--patients", type=int, default=300)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--if-empty", action="store_true", help="do nothing if there is data")
        parser.add_argument(
            "--bulk", action="store_true", help="worklist rows only, for measurements at any size"
        )
        parser.add_argument("--identities", action="store_true", help="with --bulk: names as well")
        parser.add_argument("--logins", action="store_true", help="print the logins, make nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed or print."""
        actor = Actor.process("seed_demo")
        try:
            seeding.refuse_production()
            if options["logins"]:
                self._logins()
                return
            if options["if_empty"] and not seeding.is_empty():
                self.stdout.write("There is data already; nothing was made.")
                return
            if options["bulk"]:
                self._crowd(actor, options)
                return
            began = time.monotonic()
            made = seeding.seed(actor, count=options["patients"], seed=options["seed"])
            reporting.begin()
        except Refused as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{made.patients} patients in {seconds:.1f} s, {made.told} by {made.steps} steps"
        )

    def _crowd(self, actor: Actor, options: dict[str, Any]) -> None:
        began = time.monotonic()
        count, seed = options["patients"], options["seed"]
        for done in seeding.fill_register(
            actor, count=count, seed=seed, named=options["identities"]
        ):
            if done % 20_000 == 0 or done == count:
                seconds = time.monotonic() - began
                self.stdout.write(f"{done} patients in {seconds:.1f} s")

    def _logins(self) -> None:
        for login in LOGINS:
            if login.shown:
                where = " ".join(filter(None, (login.site, login.product))) or "everything"
                self.stdout.write(
                    f"{login.role.value:17} {login.username:16} {login.password:28} {where}"
                )
