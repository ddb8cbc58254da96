"""Django application of follow-up."""

from django.apps import AppConfig


class FollowupConfig(AppConfig):
    """Label `followup`."""

    name = "followup"
    label = "followup"
    default = True


class FollowupFiles(FollowupConfig):
    """Its commands and reference files without its tables, for commands that need no service."""

    default = False

    def import_models(self) -> None:
        """None: a model asks for the user, the content types and the driver of the database."""
        self.models = {}
