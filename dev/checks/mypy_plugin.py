"""The Django plugin of mypy with a sample environment, so that it can load the settings."""

import os
import sys
from importlib import import_module
from pathlib import Path

from mypy.plugin import Plugin
from mypy_django_plugin.main import plugin as django_plugin

ROOT = Path(__file__).resolve().parents[2]


def plugin(version: str) -> type[Plugin]:
    """Entry point that mypy calls; mypy loads this file by its path, without our root."""
    sys.path.insert(0, str(ROOT))
    environments = import_module("dev.environments")
    for name, value in environments.without_server(ROOT / "var" / "typing").items():
        os.environ.setdefault(name, value)
    return django_plugin(version)
