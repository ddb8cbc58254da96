"""`manage.py clock`: when a report is due by one rule, with citation, without the database."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.clock import SHANGHAI
from followup.queries import shipped
from pv.domain import clocks


class Command(BaseCommand):
    """Prints {due, rule, citation, ...} of the version in force on day zero."""

    help = "Print the due day a reporting rule gives for a day zero, with its reasoning."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--rule", required=True, help="for instance CN-S, CN-D, US-15")
        parser.add_argument("--day-zero", required=True, type=date.fromisoformat)
        parser.add_argument(
            "--aware-at", type=_moment, help="moment of awareness for limits in hours (ISO 8601)"
        )
        parser.add_argument(
            "--sent-at", type=_moment, help="moment of sending: tells whether it was late"
        )
        parser.add_argument("--json", action="store_true", help="a JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Count and print."""
        rules = clocks.RuleSet.from_dict(shipped.documents()["rule_sets"])
        try:
            rule = rules.rule(options["rule"], options["day_zero"])
            clock = clocks.due(
                rule,
                options["day_zero"],
                aware_at=options["aware_at"],
                holidays=shipped.holiday_table("CN"),
            )
        except (LookupError, ValueError) as error:
            known = ", ".join(dict.fromkeys(rule.id for rule in rules.rules))
            raise CommandError(f"{error}. Rules: {known}") from error
        body = {**clock.as_dict(), "rule_set": rules.edition}
        sent_at, zone = options["sent_at"], rules.awareness.zone
        late = clocks.is_late(sent_at, clock.first, zone) if sent_at else None
        if late is not None:
            body["late"] = late
        if options["json"]:
            self.stdout.write(json.dumps(body, ensure_ascii=False, indent=1))
            return
        due = clock.first.due_at or clock.due
        self.stdout.write(f"{clock.rule} due {due}: {clock.citation} ({clock.confidence})")
        if late is not None:
            self.stdout.write(f"  sent {sent_at.isoformat()}: {'late' if late else 'on time'}")
        for reason in clock.trail:
            self.stdout.write(f"  {reason}")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"not a moment: {text}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
