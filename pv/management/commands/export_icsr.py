"""`manage.py export_icsr CASE --profile nmpa --out FILE`: release a case as a file."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from followup.core.actor import Actor
from followup.core.problems import NotFound, Refused
from pv.actions import icsr
from pv.domain.e2b.checks import Profile
from pv.queries import cases


class Command(BaseCommand):
    """The same action as the page: checked, written, read back, stored, and only then a file."""

    help = "Export a case as E2B(R3) XML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("case", help="case number, for example C26-0041")
        parser.add_argument("--profile", default="nmpa", choices=[p.value for p in Profile])
        parser.add_argument("--partner", default="", help="where several have the receiver")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--json", action="store_true", help="a JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Release and write; findings are printed and nothing is written when there are errors."""
        actor = Actor.process("export_icsr")
        try:
            case = cases.by_number(actor, options["case"])
            profile, partner = Profile(options["profile"]), options["partner"]
            row = icsr.export(actor, case, profile=profile, partner=partner)
        except NotFound as error:
            raise CommandError(f"no case {options['case']}") from error
        except icsr.Findings as refused:
            for f in refused.findings:
                self.stderr.write(f"{f.severity} {f.rule} {f.path}: {f.message_en}")
            raise CommandError(str(refused)) from refused
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        options["out"].write_bytes(bytes(row.content))
        facts = {"case": options["case"], "file": str(options["out"]), "sha256": row.sha256}
        facts["xsd"] = row.schema_check
        self.stdout.write(
            json.dumps(facts) if options["json"] else f"{options['out']} sha256 {row.sha256}"
        )
