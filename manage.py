#!/usr/bin/env python
"""Command-line door of the project."""

import os
import sys
from logging.config import dictConfig

from django.apps import apps
from django.conf import settings
from django.core.management import ManagementUtility

from followup.core.row_security import contexts
from pv.config.commands import WITHOUT_SERVICES
from pv.config.environment import without_services


def main() -> None:
    """Run one command; those that need no service also run without any environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")
    if "SECRET_KEY" not in os.environ and len(sys.argv) > 1 and sys.argv[1] in WITHOUT_SERVICES:
        os.environ.update(without_services())
        run_on_files(sys.argv)
    else:
        contexts.declare()
        ManagementUtility(sys.argv).execute()


def run_on_files(arguments: list[str]) -> None:
    """Run a command on files: what django.setup() does, but for the pages and their errors.

    Importing those brings every field of every table along, which is half the command's time.
    """
    dictConfig(settings.LOGGING)
    apps.populate(settings.INSTALLED_APPS)
    ManagementUtility(arguments).fetch_command(arguments[1]).run_from_argv(arguments)


if __name__ == "__main__":
    main()
