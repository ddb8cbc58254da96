"""A time of day as hospital staff write it.

The product's own rule.
"""

import re
import unicodedata
from datetime import time

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.时点h]?([0-5]\d)?分?(?::00)?", re.ASCII)


def time_of(text: str) -> time | None:
    """The time of 14:30, 1430, 14时30分, in full width too; None for any other text.

    A spreadsheet writes the seconds of a minute as well: those of a full minute alone are read.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if re.fullmatch(r"\d{3}", plain):
        plain = f"0{plain}"
    found = _CLOCK.fullmatch(plain)
    if found is None or (len(plain) <= 2 and plain.isdigit()):
        return None
    return time(int(found[1]), int(found[2] or 0))
