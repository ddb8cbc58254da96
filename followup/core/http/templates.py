"""The template engine: Django's, whose `i18n` tags keep the texts that are constant."""

from typing import Any

from django.template.backends.django import DjangoTemplates

from followup.core.templatetags import constant_texts


class Templates(DjangoTemplates):
    """Named by BACKEND in the settings.

    The library is exchanged and not named a second time: `check` warns of two of one name.
    """

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.engine.template_libraries["i18n"] = constant_texts.register
