"""Whole numbers that a browser or program sent: in a URL, a hidden box, a parameter.

Whatever is sent is read here, so that no page fails at a sign `int` takes or at a thousand digits.
"""

from django.http import HttpRequest

LARGEST = 999_999_999  # fits every whole-number column
LAST_PAGE = 10_000


def whole_number(text: object, *, most: int = LARGEST) -> int | None:
    """The number written in plain digits, 0 to `most`; None for anything else."""
    if not isinstance(text, str) or not (text.isascii() and text.isdigit()):
        return None
    if len(text) > len(str(most)):
        return None
    number = int(text)
    return number if number <= most else None


def version_sent(text: object) -> int:
    """The version a form was opened with; 0, which never fits, when none or no number was sent."""
    return whole_number(text) or 0


def page_index(request: HttpRequest, *, most: int = LAST_PAGE) -> int:
    """The page asked for by `?page=`, counted from 0; the first one for anything else."""
    return max(whole_number(request.GET.get("page", ""), most=most) or 1, 1) - 1
