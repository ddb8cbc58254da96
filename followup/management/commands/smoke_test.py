"""`manage.py smoke_test`: whether a database that was restored serves people."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.test import Client
from django.urls import reverse

from followup.core.actor import Actor
from followup.core.security.secrets import Unreadable
from followup.queries import recovery


class Command(BaseCommand):
    """Schema and reference data are there, identities open, the sign-in page is drawn."""

    help = "Check that this database serves: schema, keys, pages. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--people", type=int, default=50, help="identities to open (50)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and print what was seen as JSON."""
        try:
            smoke = recovery.smoke(Actor.process("smoke_test"), people=options["people"])
        except Unreadable as error:
            raise CommandError(f"an identity does not open: {error}. Is a key missing?") from error
        if smoke.missing:
            raise CommandError(f"not there: {smoke.missing}")
        client = Client(headers={"host": str(settings.ALLOWED_HOSTS[0])})
        for name in ("ready", "login"):
            answer = client.get(reverse(name), secure=True)
            if answer.status_code != 200:
                raise CommandError(f"{reverse(name)} answers {answer.status_code}")
        self.stdout.write(json.dumps({"change": smoke.last_change, "people": smoke.people}))
