#!/usr/bin/env python
"""Command-line door of the project."""

import os
import sys

from django.core.management import execute_from_command_line

from pv.config.environment import without_services

# These work on files and on the reference data that ships with the code: no database, no secret.
WITHOUT_SERVICES = frozenset(
    "plan clock validate_icsr roundtrip_icsr diff_icsr read_ack explain_element "
    "load_e2b_schemas".split()
)


def main() -> None:
    """Run one command; those that need no service also run without any environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")
    if "SECRET_KEY" not in os.environ and len(sys.argv) > 1 and sys.argv[1] in WITHOUT_SERVICES:
        os.environ.update(without_services())
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
