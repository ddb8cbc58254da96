"""A place inside a stored message, in words.

The product's own rule, after domain 6.
"""

import re

from pv.domain.e2b.elements import ELEMENTS, Element

_NUMBER = re.compile(r"\[\d+\]")
_GROUP = re.compile(r"groups\.[\w.]+\[(\d+)\]")
# A value with its parts, what a sender wrote beside it, and the name of its code.
_VALUE = re.compile(
    r"\.(?:values|qualifiers|names|verbatims)\.([A-Z][\w.]*?\w)(?:\.([a-z_]+))?(?:\[\d+\])?$"
)


def element_at(place: str) -> tuple[Element, str] | None:
    """The element at the end of a path, and which part of its value; None where none is.

    >>> element_at(".groups.E.i[2].values.E.i.7.null")[1]
    'null'
    """
    match = _VALUE.search(place)
    if match is None:
        return None
    code, part = match[1], match[2] or ""
    while code not in ELEMENTS and "." in code:
        code = code.rpartition(".")[0]
    return (ELEMENTS[code], part) if code in ELEMENTS else None


def instance_name(path: str, language: str) -> str:
    """The element an instance path ends at, in words; "" where there is none.

    >>> instance_name("G.k[1].7.r[2].2b", "en")
    'Indication (MedDRA code)'
    """
    element = ELEMENTS.get(_NUMBER.sub("", path))
    return element.name(language) if element else ""


def place_name(place: str, language: str) -> str:
    """The element at the end of a path with its code and the numbers of its groups, or "".

    >>> place_name(".groups.E.i[2].values.E.i.7", "en").endswith("E.i.7 [2]")
    True
    """
    at = element_at(place)
    if at is None:
        return ""
    numbers = ".".join(_GROUP.findall(place))
    return f"{at[0].name(language)} {at[0].code}" + (f" [{numbers}]" if numbers else "")
