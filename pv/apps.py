"""Django application of pharmacovigilance."""

from django.apps import AppConfig

from followup.core import naming
from followup.core.extensions import register
from pv.domain.e2b.trail import place_name
from pv.extensions import EXTENSIONS
from pv.queries import work_up_questions
from pv.queries.e2b_values import place_value


class PvConfig(AppConfig):
    """Label `pv`."""

    name = "pv"
    label = "pv"
    default = True

    def ready(self) -> None:
        """Name the places inside a message and a work-up's answers; register what pv adds."""
        register(self.label, EXTENSIONS)
        naming.state_places("message", place_name, place_value)
        naming.state_places("evidence", work_up_questions.place_name)


class PvFiles(PvConfig):
    """Its commands and reference files without its tables, for commands that need no service."""

    default = False

    def import_models(self) -> None:
        """None: a model asks for the user, the content types and the driver of the database."""
        self.models = {}
