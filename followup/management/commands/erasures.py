"""`manage.py erasures`: the list of erased identities, written out or applied after a restore."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from followup.actions import erasure_lists
from followup.core.actor import Actor
from followup.core.row_security import contexts


class Command(BaseCommand):
    """A backup holds the keys of its day: what was erased since is erased again before use."""

    help = "Write the list of erasures (ERASURES_FILE), or apply a list after a restore."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--again FILE`: the list as it was kept apart from the backups."""
        parser.add_argument("--again", metavar="FILE", help="apply this list")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were written or applied; a list that is not there ends with 1."""
        if not options["again"]:
            self.stdout.write(f"{erasure_lists.write()} erasures added to the list")
            return
        path = Path(options["again"])
        if not path.is_file():
            raise CommandError(f"{path} is not there")
        actor, count, keys = Actor.process("erasures"), 0, 0
        with contexts.using(contexts.SYSTEM):
            try:
                for line in erasure_lists.lines(path):
                    keys += erasure_lists.apply(actor, line=line)
                    count += 1
            except (ValueError, KeyError) as error:
                raise CommandError(f"line {count + 1} of {path} is no erasure: {error}") from error
        self.stdout.write(f"{count} erasures applied, {keys} keys were there again")
