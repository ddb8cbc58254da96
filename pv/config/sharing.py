"""What a server reads before it forks: its processes share it instead of each reading it."""

import importlib

from django.conf import settings
from django.db import connection
from django.template import Engine
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation


def read_early(template: str) -> None:
    """The template engine with its tags, one template and what it extends, both catalogues."""
    get_template(template)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.pgettext("menu", "Worklist")


def read_addresses(name: str) -> None:
    """Every address by its name, in every language: what a first page would read, 13 MB."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            reverse(name)
    _ = Engine.get_default().template_context_processors


def read_database() -> None:
    """The pool of connections and the writer of statements; nothing is connected."""
    importlib.import_module("psycopg_pool")
    connection.ops.compiler("SQLCompiler")
