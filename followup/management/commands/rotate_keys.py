"""`manage.py rotate_keys`: seal identities again under the newest key of IDENTITY_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from followup.actions import identity as actions
from followup.core import extensions
from followup.core.actor import Actor
from followup.core.security.secrets import Unreadable
from followup.queries import identity

BLOCK = 200


class Command(BaseCommand):
    """After a new key was put in front. A run that was broken off goes on where it was."""

    help = "Seal identities, second factors and keys of channels again under the newest key."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the people in blocks, each stored separately; says how many changed."""
        actor, changed = Actor.process("rotate_keys"), 0
        try:
            for block in identity.blocks(actor, size=BLOCK):
                changed += actions.rotate_keys(actor, patient_ids=block)
            others = {
                name: rotate(actor)
                for each in extensions.registered()
                for name, rotate in each.rotations().items()
            }
        except Unreadable as error:
            raise CommandError(
                f"{error}: the key it was sealed with is not in IDENTITY_KEYS. "
                f"{changed} people are under the new key; add the old one and run again."
            ) from error
        self.stdout.write(f"under key {next(iter(settings.IDENTITY_KEYS))}: {changed} people, ")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in others.items()))
