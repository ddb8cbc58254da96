"""A place inside a stored message, in words.

The product's own rule, after domain 6.
"""

import re

from pv.domain.e2b.elements import ELEMENTS

_GROUP = re.compile(r"groups\.[A-Za-z.]+\[(\d+)\]")
_VALUE = re.compile(r"\.values\.([A-Z][\w.]*?\w)(?:\.[a-z_]+)?$")


def place_name(place: str, language: str) -> str:
    """The element at the end of a path with its code and the numbers of its groups, or "".

    >>> place_name(".groups.E.i[2].values.E.i.7", "en").endswith("E.i.7 [2]")
    True
    """
    match = _VALUE.search(place)
    if match is None:
        return ""
    code = match[1]
    while code not in ELEMENTS and "." in code:
        code = code.rpartition(".")[0]
    if code not in ELEMENTS:
        return ""
    numbers = ".".join(_GROUP.findall(place))
    return f"{ELEMENTS[code].name(language)} {code}" + (f" [{numbers}]" if numbers else "")
