"""`manage.py create_user`: an account with one grant, for the first administrator above all."""

import getpass
import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from followup.actions import accounts, grants
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.queries import reference


class Command(BaseCommand):
    """The password is asked for, or read from standard input; never given as an argument."""

    help = "Open an account and give it a role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="the person's name as shown")
        parser.add_argument("--email", default="")
        parser.add_argument("--language", default="", help="zh-hans or en")
        parser.add_argument("--role", choices=[role.value for role in Role])
        parser.add_argument("--site", help="code of one site; all sites by default")
        parser.add_argument("--product", help="code of one product; all products by default")
        parser.add_argument(
            "--ends-on", type=date.fromisoformat, help="last day of the right, as 2026-12-31"
        )
        parser.add_argument("--password-stdin", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and grant in one transaction."""
        actor = Actor.process("create_user")
        password = _password(options["password_stdin"])
        try:
            with transaction.atomic():
                user = accounts.create_user(
                    actor,
                    username=options["username"],
                    display_name=options["name"],
                    password=password,
                    email=options["email"],
                    language=options["language"],
                )
                if options["role"]:
                    grants.grant(actor, user, role=options["role"], **_extent(actor, options))
        except NotFound as error:
            raise CommandError("There is no such site or product.") from error
        except Refused as error:
            lines = [f"{name}: {text}" for name, texts in error.fields.items() for text in texts]
            raise CommandError("\n".join(lines)) from error
        self.stdout.write(f"Created {user.username}")


def _extent(actor: Actor, options: dict[str, Any]) -> dict[str, Any]:
    site, product = options["site"], options["product"]
    return {
        "site": reference.site(actor, code=site).id if site else None,
        "all_sites": not site,
        "product": reference.product(actor, code=product).id if product else None,
        "all_products": not product,
        "ends_on": options["ends_on"],
    }


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Password again: "):
        raise CommandError("The two passwords differ.")
    return first
