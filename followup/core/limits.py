"""The longest a typed text may be: more is refused with both numbers, and nothing is cut off."""

from django.utils.translation import gettext as _

from followup.core.problems import Refused

TOO_LONG = "too_long"


def excess(text: str, most: int) -> str:
    """What is said of a text with more characters; empty for one that fits."""
    if len(text) <= most:
        return ""
    said = _("At most %(limit_value)d characters; there are %(show_value)d. Shorten it.")
    return said % {"limit_value": most, "show_value": len(text)}


def within(text: str, most: int, field: str = "reason") -> str:
    """A text without blanks around it; Refused at its field when it has more characters."""
    text = text.strip()
    if problem := excess(text, most):
        raise Refused({field: problem}, code=TOO_LONG)
    return text
