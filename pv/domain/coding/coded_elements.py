"""Where a case holds dictionary codes, and the words each stands for.

Source: ICH E2B(R3) elements with a MedDRA code; each code stands beside the element of its version.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pv.domain.cases import editing
from pv.domain.cases.sections import SECTIONS, Shown, instances
from pv.domain.e2b.elements import ELEMENTS, Element, Profile
from pv.domain.e2b.message import Node, Value

# The element beside a code that holds the reporter's words, where E2B(R3) has one.
_VERBATIM = {
    "E.i.2.1b": ("E.i.1.1a", "E.i.1.2"),
    "F.r.2.2b": ("F.r.2.1",),
    "G.k.7.r.2b": ("G.k.7.r.1",),
    "D.9.2.r.1b": ("D.9.2.r.2",),
    "D.9.4.r.1b": ("D.9.4.r.2",),
}
_ALWAYS = "E.i.2.1b"
_NUMBER = re.compile(r"[1-9]\d{7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CodedPlace:
    """One code of a case: its path, the version beside it, the reporter's words ("" if none)."""

    path: str
    element: Element
    section: str
    code: str
    version: str
    verbatim: str


def code_number(text: str | None) -> int | None:
    """The number of a MedDRA code, which has eight digits; None for anything else."""
    return int(text) if text and _NUMBER.fullmatch(text) else None


def reaction_code(reaction: Node) -> tuple[str, int] | None:
    """Version and code of a reaction (E.i.2.1); None without both."""
    version, code = reaction.text("E.i.2.1a"), code_number(reaction.text(_ALWAYS))
    return (version, code) if version and code else None


def version_path(path: str) -> str:
    """The path of the dictionary version that belongs to a code (E.i[1].2.1b gives …2.1a)."""
    return f"{path[:-1]}a"


def verbatim_of(root: Node, path: str) -> str:
    """The reporter's words beside a code; "" where there are none. PathError for no such place."""
    node, code = editing.locate(root, path)
    texts = (node.text(name) for name in _VERBATIM.get(code, ()))
    return next((text for text in texts if text), "")


def takes_code(root: Node, path: str) -> bool:
    """Whether a path names a place of the message that takes a dictionary code."""
    try:
        _node, code = editing.locate(root, path)
    except editing.PathError:
        return False
    return ELEMENTS[code].code_list == "MEDDRA"


def coded_places(root: Node, regions: frozenset[Profile]) -> Iterator[CodedPlace]:
    """Every place with a code or with words to code, in the order of the page.

    The event is always among them: its code is mandatory.
    """
    for section in SECTIONS:
        for instance in instances(root, section, Shown(regions, everything=True)):
            if not instance.stored:
                continue
            texts = {row.element.code: row.text for row in instance.rows}
            for row in instance.rows:
                if row.element.code_list != "MEDDRA":
                    continue
                names = _VERBATIM.get(row.element.code, ())
                words = next((texts[name] for name in names if texts.get(name)), "")
                if row.text or words or row.element.code == _ALWAYS:
                    version = _text(editing.value_at(root, version_path(row.path)))
                    yield CodedPlace(row.path, row.element, section, row.text, version, words)


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""
