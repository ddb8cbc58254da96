"""`manage.py rotate_keys`: seal identities again under the newest key of IDENTITY_KEYS."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from followup.actions import identity as actions
from followup.core import extensions
from followup.core.actor import Actor
from followup.core.security.rotations import Rotated
from followup.queries import identity

BLOCK = 200
MOST = 200  # rows named one by one


class Command(BaseCommand):
    """After a new key was put in front. A run that was broken off goes on where it was."""

    help = "Seal identities, second factors and keys of channels again under the newest key."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the people in blocks, each stored separately; says how many changed.

        A row that cannot be read is named and the rest goes on; the status is 1 then.
        """
        actor = Actor.process("rotate_keys")
        blocks = identity.blocks(actor, size=BLOCK)
        done = {
            "people": sum((actions.rotate_keys(actor, patient_ids=b) for b in blocks), Rotated())
        }
        for each in extensions.registered():
            done |= {name: rotate(actor) for name, rotate in each.rotations().items()}
        self.stdout.write(f"under key {next(iter(settings.IDENTITY_KEYS))}:")
        for name, rotated in done.items():
            stay = f", {rotated.staying} need an older key" if rotated.staying else ""
            self.stdout.write(f"  {rotated.changed} {name}{stay}")
        if any(rotated.staying for rotated in done.values()):
            self.stdout.write("Older keys stay in IDENTITY_KEYS for what is written once.")
        self._unreadable([text for rotated in done.values() for text in rotated.unreadable])

    def _unreadable(self, rows: list[str]) -> None:
        if not rows:
            return
        for text in rows[:MOST]:
            self.stderr.write(text)
        if len(rows) > MOST:
            self.stderr.write(f"and {len(rows) - MOST} more")
        raise CommandError(
            f"{len(rows)} rows were left as they are, the rest is under the new key. "
            "Where a key is not in IDENTITY_KEYS, add the old one and run again."
        )
