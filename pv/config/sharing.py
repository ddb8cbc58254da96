"""What a server reads before it forks: its processes share it instead of each reading it."""

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation


def read_early(template: str) -> None:
    """The template engine with its tags, one template and what it extends, both catalogues."""
    get_template(template)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.pgettext("menu", "Worklist")
