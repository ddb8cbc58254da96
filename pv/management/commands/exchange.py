"""`manage.py exchange`: one round of all channels, for those who run no beat."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from followup.core.actor import Actor
from pv.actions import exchanges


class Command(BaseCommand):
    """Sends what is due and takes what rests; a cut run loses nothing and starts again."""

    help = "Send queued files by their channels and take what has come in."

    def handle(self, *args: Any, **options: Any) -> None:
        """One round; how many files ended in which way, as one JSON object."""
        counts = exchanges.sweep(Actor.process("exchange"))
        self.stdout.write(json.dumps(counts, sort_keys=True))
