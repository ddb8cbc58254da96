"""What a page says, for tests that look for a sentence with a date in it."""

import re

_WHOLE = re.compile(r'<span class="whole">([^<]*)</span>')


def unbroken(page: str) -> str:
    """The HTML of a page without the elements that keep its dates on one line."""
    return _WHOLE.sub(r"\1", page)
