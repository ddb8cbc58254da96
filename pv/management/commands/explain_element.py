"""`manage.py explain_element CODE`: what is known of an E2B(R3) element and its rules."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pv.domain.e2b.checks import Explanation, explain


class Command(BaseCommand):
    """The facts of one element, its code list and every rule that touches it."""

    help = "Explain an element of E2B(R3), for example C.5.4."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("code")
        parser.add_argument("--language", default="en", choices=["en", "zh"])
        parser.add_argument("--json", action="store_true", help="a JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look it up and print."""
        try:
            found = explain(options["code"])
        except KeyError as error:
            raise CommandError(f"no element is called {options['code']}") from error
        facts = _facts(found)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=1))
            return
        language = options["language"]
        self.stdout.write(f"{facts['code']} {facts[f'name_{language}']}")
        for key in ("type", "max_length", "conformance", "nulls", "known_to"):
            self.stdout.write(f"  {key}: {facts[key]}")
        for row in facts["code_list"]:
            self.stdout.write(f"  {row['code']} = {row[language]}")
        for rule in facts["rules"]:
            self.stdout.write(f"  {rule['id']} {rule['severity']}: {rule[language]}")


def _facts(found: Explanation) -> dict[str, Any]:
    element = found.element
    return {
        "code": found.code,
        "name_en": found.name.en,
        "name_zh": found.name.zh,
        "group_en": found.group.en,
        "group_zh": found.group.zh,
        "type": element.type.value if element else None,
        "max_length": element.max_length if element else None,
        "conformance": element.conformance.value if element else None,
        "nulls": {profile.value: list(nulls) for profile, nulls in found.nulls.items()},
        "known_to": [profile.value for profile in found.known_to],
        "code_list": [{"code": row.code, "en": row.en, "zh": row.zh} for row in found.labels],
        "rules": [
            {
                "id": rule.id,
                "severity": {p.value: s.value for p, s in rule.severity.items()},
                "en": rule.text.en,
                "zh": rule.text.zh,
                "source": rule.source,
            }
            for rule in (*found.own, *found.others)
        ],
    }
