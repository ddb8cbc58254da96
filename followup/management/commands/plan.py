"""`manage.py plan`: the schedule of an infusion by a shipped protocol, without the database."""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.domain import schedules
from followup.domain.dates import add_months
from followup.domain.protocols import Protocol, in_force
from followup.queries import shipped


class Command(BaseCommand):
    """Prints planned visits with the rule behind each."""

    help = "Print the follow-up schedule a protocol gives for an infusion date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--protocol", default="CN-LIFELONG", help="code of the protocol")
        parser.add_argument("--version-of-protocol", help="the one in force on day 0 by default")
        parser.add_argument("--day0", required=True, type=_day, help="infusion date, YYYY-MM-DD")
        parser.add_argument("--years", type=int, default=15, help="how far to plan")
        parser.add_argument("--ended-on", type=_day, help="date of death, YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="a JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        """Plan and print."""
        day0: date = options["day0"]
        if not 0 <= options["years"] <= 120:
            raise CommandError("--years must lie between 0 and 120")
        protocol = _protocol(options["protocol"], options["version_of_protocol"], day0)
        try:
            visits = schedules.plan(
                day0,
                protocol,
                add_months(day0, 12 * options["years"]),
                ended_on=options["ended_on"],
            )
        except (ValueError, OverflowError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            rows = [visit.as_dict() for visit in visits]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
            return
        for visit in visits:
            self.stdout.write(
                f"{visit.code:6} {visit.window_start} {visit.target} {visit.window_end}  "
                f"{visit.rule}"
            )


def _protocol(code: str, version: str | None, day0: date) -> Protocol:
    known = shipped.protocols()
    try:
        if version is not None:
            return known[code, version]
        return in_force(known.values(), code, day0)
    except LookupError as error:
        names = ", ".join(protocol.label for protocol in known.values())
        raise CommandError(f"No such protocol on {day0}. There are: {names}") from error


def _day(text: str) -> date:
    return date.fromisoformat(text)
