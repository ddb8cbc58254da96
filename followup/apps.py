"""Django application of follow-up."""

from django.apps import AppConfig

from followup.core.extensions import register
from followup.extensions import EXTENSIONS


class FollowupConfig(AppConfig):
    """Label `followup`."""

    name = "followup"
    label = "followup"
    default = True

    def ready(self) -> None:
        """What follow-up adds to the common pages and duties is known."""
        register(self.label, EXTENSIONS)


class FollowupFiles(FollowupConfig):
    """Its commands and reference files without its tables, for commands that need no service."""

    default = False

    def import_models(self) -> None:
        """None: a model asks for the user, the content types and the driver of the database."""
        self.models = {}
