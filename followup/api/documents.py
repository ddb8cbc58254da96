"""The OpenAPI document of the API, made once in each language.

It is the same for everyone who may read it, and takes a second or two to make.
"""

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator

_MADE: dict[str | None, dict[str, Any]] = {}


class OnceMadeGenerator(SchemaGenerator):
    """drf-spectacular's generator, which keeps the document of all operations."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The document in the language of the reader; one of one person's rights is not kept."""
        below: Any = super()  # its types are untold
        if not public or request is None or self.patterns or self.urlconf:
            return dict(below.get_schema(request=request, public=public))
        language = get_language()
        if language not in _MADE:
            _MADE[language] = dict(below.get_schema(request=request, public=True))
        return _MADE[language]
