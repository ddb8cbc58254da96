"""Which test of a case a test of the hospital is: by name and day, never by its place in a list.

The product's own rule.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pv.domain.e2b import storage
from pv.domain.e2b.message import Node, Value
from pv.domain.e2b.refusals import MessageRefused

TESTS = "F.r"
_NAMES = ("F.r.2.1", "F.r.2.2b")
_DAY = "F.r.1"
_SINGLE = re.compile(r"D\.[^\[]+|D\.9\.2\.r\[1\]\.[^\[]+|E\.i\[1\]\.[^\[]+")
_PLACE = re.compile(r"F\.r\[(\d+)\]\.(.+)")


def _identity(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Name as reported, coded name, day: what tells one test from another."""
    return tuple(values.get(element) for element in (*_NAMES, _DAY))


def _same(offered: tuple[Any, ...], held: tuple[Any, ...]) -> bool:
    """Whether two tests have a name in common and the same day."""
    named = any(
        mine is not None and mine == theirs
        for mine, theirs in zip(offered[:2], held[:2], strict=True)
    )
    return named and offered[2] == held[2]


def offered(stored: Mapping[str, Any]) -> dict[str, Value | None]:
    """The values of a source out of their stored form; what cannot be read is left out.

    None is a value the source retracts.
    """
    read: dict[str, Value | None] = {}
    for path, data in stored.items():
        with suppress(KeyError, TypeError, MessageRefused):
            read[path] = None if data is None else storage.value_from_data(data)
    return read


def taken_back(before: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, None]:
    """What an earlier source of the same event said or retracted and this one says no more.

    Of the patient, the death and the reaction; a test or a drug left out may stand elsewhere.
    """
    return {path: None for path in before if path not in said and _SINGLE.fullmatch(path)}


def places(
    root: Node, said: Mapping[str, Value | None], chosen: Mapping[str, Value | None]
) -> dict[str, str]:
    """Where each chosen path of an offer is in the case, by path of the offer.

    `said` is everything the source says, `chosen` the part wanted; tests the case does not hold
    go behind its own, in their order. Each test of the case is taken once at most.
    """
    numbers: dict[int, dict[str, Value | None]] = {}
    for path, value in said.items():
        if match := _PLACE.fullmatch(path):
            numbers.setdefault(int(match[1]), {})[f"{TESTS}.{match[2]}"] = value
    held = [_identity(node.values) for node in root.each(TESTS)]
    taken: dict[int, int] = {}
    for number, values in sorted(numbers.items()):
        identity = _identity(values)
        alike = [
            place
            for place, other in enumerate(held, 1)
            if place not in taken.values() and _same(identity, other)
        ]
        if alike:
            taken[number] = number if number in alike else alike[0]
    wanted = {int(match[1]) for path in chosen if (match := _PLACE.fullmatch(path))}
    for count, number in enumerate(sorted(wanted - set(taken)), len(held) + 1):
        taken[number] = count
    return {path: _moved(path, taken) for path in chosen}


def _moved(path: str, taken: Mapping[int, int]) -> str:
    match = _PLACE.fullmatch(path)
    return f"{TESTS}[{taken[int(match[1])]}].{match[2]}" if match else path
