"""Dates in running text stay on one line: a browser would break them at their hyphens.

The product's own rule. A hyphen that does not break is another character: who copies the date
from the page, or searches in it, would not find it.
"""

import re

from django.utils.html import escape

_DATE = re.compile(
    r"(?<![\w-])\d{4}-\d{2}(?:-\d{2})?(?: \d{2}:\d{2})?(?![\w-])",
    re.ASCII,  # a Chinese character beside a date is no part of a number
)


class WholeDates(str):
    """Plain text whose dates are kept whole where a page shows it; anywhere else it is the text."""

    __slots__ = ()

    def __html__(self) -> str:
        """The text escaped, each date (to the day, the month or the minute) in an element."""
        return _DATE.sub(r'<span class="whole">\g<0></span>', escape(str(self)))
