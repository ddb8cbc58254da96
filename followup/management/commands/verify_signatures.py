"""`manage.py verify_signatures`: every signature against its content, its binding and the trail."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.queries import signatures


class Command(BaseCommand):
    """Prints each signature that does not verify; ends with 1 when there is one."""

    help = "Verify every electronic signature."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk all."""
        count = wrong = 0
        for row in signatures.every(Actor.process("verify")):
            count += 1
            problems = list(signatures.problems(row))
            wrong += bool(problems)
            for problem in problems:
                self.stdout.write(f"{row.id} {row.kind} {row.title}: {problem}")
        lost = signatures.lost()
        for key in lost:
            self.stdout.write(f"{key}: the trail saw this signature, the table has it no more")
        if wrong or lost:
            raise CommandError(f"{wrong} of {count} signatures do not verify, {len(lost)} are lost")
        self.stdout.write(f"{count} signatures verify")
