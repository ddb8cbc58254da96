"""Django application of pharmacovigilance."""

from django.apps import AppConfig


class PvConfig(AppConfig):
    """Label `pv`."""

    name = "pv"
    label = "pv"
    default = True


class PvFiles(PvConfig):
    """Its commands and reference files without its tables, for commands that need no service."""

    default = False

    def import_models(self) -> None:
        """None: a model asks for the user, the content types and the driver of the database."""
        self.models = {}
