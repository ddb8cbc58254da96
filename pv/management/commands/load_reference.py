"""`manage.py load_reference`: the shipped reference documents into the database, with a diff."""

import json
from argparse import ArgumentParser
from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.actions import reference
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.references import LoadChange
from followup.queries import shipped
from pv.queries.documents import CHECKS


class Command(BaseCommand):
    """Idempotent: what is recorded with the same content is left alone."""

    help = "Load products, protocols, rules and code lists; old versions are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--dry-run", action="store_true", help="show the diff, write nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object")
        parser.add_argument(
            "--replace", action="store_true", help="overwrite a used version (never in production)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare or load, then print; an error when a document was refused."""
        actor = Actor.process("load_reference")
        run = reference.compare if options["dry_run"] else reference.load
        try:
            steps = run(
                actor, documents=shipped.documents(), replace=options["replace"], checks=CHECKS
            )
        except Refused as error:
            lines = [f"{name}: {text}" for name, texts in error.fields.items() for text in texts]
            raise CommandError("Nothing was loaded.\n" + "\n".join(lines)) from error
        steps += [
            reference.LoadStep(f"{name}.json", LoadChange.REFUSED, (), problem=problem)
            for name, problem in shipped.broken().items()
        ]
        self._print(steps, options)
        wrong = [f"{step.name}: {step.problem}" for step in steps if step.problem]
        if wrong:
            others = "the others would load" if options["dry_run"] else "the others are loaded"
            raise CommandError(f"Refused, {others}:\n" + "\n".join(wrong))

    def _print(self, steps: list[reference.LoadStep], options: dict[str, Any]) -> None:
        counts = Counter(step.change for step in steps)
        if options["json"]:
            body = {
                "dry_run": options["dry_run"],
                "counts": {change.value: counts[change] for change in LoadChange},
                "steps": [step.as_dict() for step in steps],
            }
            self.stdout.write(json.dumps(body, ensure_ascii=False, indent=1))
            return
        for step in steps:
            if step.problem:
                continue
            if step.change is not LoadChange.UNCHANGED or options["verbosity"] > 1:
                fields = f" ({', '.join(step.fields)})" if step.fields else ""
                self.stdout.write(f"{step.change.value:10} {step.name}{fields}")
        summary = ", ".join(f"{counts[change]} {change.value}" for change in LoadChange)
        self.stdout.write(f"{'Would load' if options['dry_run'] else 'Loaded'}: {summary}")
