"""Text as it may be stored: no character that a report, a spreadsheet or the database refuses."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

# Word, WeChat and mail clients end lines with these; XML 1.0 knows only line feed.
_LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls, halves of surrogate pairs, non-characters (XML 1.0, 2.2) and controls that reverse the
# direction of writing, under which a name or a number could be shown other than it is stored.
_NONCHARACTERS = "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
_UNSTORABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    rf"\ufdd0-\ufdef{_NONCHARACTERS}]"
)


def storable(text: str) -> str:
    """The text with every line end as line feed and without what no record can hold.

    What is taken out has neither ink nor meaning; every visible character stays.
    """
    return _UNSTORABLE.sub("", _LINE_ENDS.sub("\n", text))


def storable_input(value: Any) -> Any:
    """The same for what an action is handed: texts, and texts inside lists, mappings and frozen
    dataclasses. Anything else, model rows among it, is returned as it is."""
    if isinstance(value, str):
        cleaned: Any = storable(value)
    elif isinstance(value, Mapping):
        cleaned = {key: storable_input(entry) for key, entry in value.items()}
    elif type(value) in (list, tuple, set, frozenset):
        cleaned = type(value)(storable_input(entry) for entry in value)
    elif is_dataclass(value) and not isinstance(value, type) and _frozen(value):
        entered = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        cleaned = replace(value, **{name: storable_input(v) for name, v in entered.items()})
    else:
        return value
    return value if cleaned == value else cleaned


def _frozen(value: Any) -> bool:
    return bool(type(value).__dataclass_params__.frozen)
