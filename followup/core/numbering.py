"""Running numbers kept as text: the greatest number, not the last text."""

import re
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Length


def last_number(rows: QuerySet[Any], field: str, prefix: str) -> int:
    """The greatest number behind a prefix among the rows, 0 without any.

    The numbers are digits filled with zeros, so the longer text is the greater number: C26-10000
    follows C26-9999. The caller holds the lock that keeps two from taking one number.
    """
    known = rows.filter(**{f"{field}__regex": rf"^{re.escape(prefix)}[0-9]+$"})
    texts = known.order_by(Length(field).desc(), f"-{field}").values_list(field, flat=True)
    last = texts.first()
    return int(last.removeprefix(prefix)) if last else 0
