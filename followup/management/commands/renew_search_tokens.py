"""`manage.py renew_search_tokens`: let people stored under older rules of search be found again."""

from typing import Any

from django.core.management.base import BaseCommand

from followup.actions import identity as actions
from followup.core.actor import Actor
from followup.queries import identity

ACTOR = Actor.process("renew_search_tokens")
BLOCK = 200


class Command(BaseCommand):
    """Once after an upgrade. A run that was broken off goes on where nothing is renewed yet."""

    help = "Make the search tokens of every stored person again from the sealed identity."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the people in blocks, each stored separately; says how many changed."""
        changed = 0
        for block in identity.blocks(ACTOR, size=BLOCK):
            changed += actions.renew_tokens(ACTOR, patient_ids=block)
        self.stdout.write(f"people found again: {changed}")
