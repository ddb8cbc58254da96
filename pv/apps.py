"""Django application of pharmacovigilance."""

from typing import TYPE_CHECKING

from django.apps import AppConfig

from followup.core import naming
from followup.core.extensions import register
from followup.lazy_modules import lazy
from pv.domain.e2b.trail import place_name
from pv.extensions import EXTENSIONS
from pv.queries import work_up_questions
from pv.queries.e2b_values import place_value

if TYPE_CHECKING:
    from pv.queries import causality
else:
    causality = lazy("pv.queries.causality")


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
        # Their words are reference data, which no table may be asked for before it is ready.
        naming.state_places(
            "method_answers",
            lambda place, language: causality.place_name(place, language),
            lambda place, stored, language: causality.place_value(place, stored, language),
        )


class PvFiles(PvConfig):
    """Its commands and reference files without its tables, for commands that need no service."""

    default = False

    def import_models(self) -> None:
        """None: a model asks for the user, the content types and the driver of the database."""
        self.models = {}
