"""JSON bodies of the interface: text that no answer could carry is not understood."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class TextParser(JSONParser):
    """Refuses half of a surrogate pair: JSON can write it, UTF-8 has no bytes for it (RFC 3629)."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body as data; 400 for what is no JSON or no text, 413 for too much at once."""
        context = (parser_context or {}).get("request")
        declared = str(context.META.get("CONTENT_LENGTH") or "") if context is not None else ""
        if declared.isdigit() and int(declared) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        data = super().parse(stream, media_type, parser_context)
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ParseError(
                _("The body holds half of a surrogate pair: send whole characters.")
            ) from error
        return data
