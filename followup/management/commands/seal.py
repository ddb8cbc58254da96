"""`manage.py seal`: seal what is committed, hand out the head, tell the lag."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from followup.actions import seal_anchors, seals
from followup.core.actor import Actor
from followup.queries import seals as queries


class Command(BaseCommand):
    """The worker does this at every tick; the command is for an operator without one."""

    help = "Seal committed changes of the trail and print the head of the chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--seconds", type=float, default=600, help="longest run (600)")
        parser.add_argument("--anchor", action="store_true", help="hand out the head now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal, anchor, print."""
        actor = Actor.process("seal")
        count = seals.seal_all(actor, seconds=options["seconds"])
        seal_anchors.queue(actor, at_once=options["anchor"])
        handed = seal_anchors.deliver(actor)
        state = queries.state(actor)
        self.stdout.write(f"sealed   {count}")
        self.stdout.write(f"head     {state.head.seq} {state.head.chain}")
        self.stdout.write(f"waiting  {state.waiting}, the oldest {state.lag.total_seconds():.0f} s")
        self.stdout.write(f"anchored {handed}")
