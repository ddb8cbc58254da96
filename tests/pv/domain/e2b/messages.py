"""Hypothesis: any message over the whole element table of a profile."""

import base64
import json
from uuid import UUID

from hypothesis import strategies as st

from pv.domain.e2b import storage
from pv.domain.e2b.elements import CODE_LISTS, ELEMENTS, GROUPS, DataType, Element, Profile
from pv.domain.e2b.message import Attachment, Batch, Message, Node, Null, Value
from pv.domain.e2b.read import read_batch
from pv.domain.e2b.write import write_batch

CHARACTERS = st.characters(
    exclude_categories=("Cs", "Cc"),
    include_characters="\t\n\r&<>\"'",
    exclude_characters="\ufffe\uffff",
)
TEXT = st.text(CHARACTERS, min_size=1, max_size=12).filter(lambda t: not t.isspace())
CODES = st.text("ABCxyz0189.-_", min_size=1, max_size=8)
UNITS = st.sampled_from(["mg", "10*6", "{DF}", "a", "10.a", "mg/dL", "wk"])
NUMBERS = st.sampled_from(["0", "1", "7.50", "12", "0.001", "999"])
DATES = st.sampled_from(
    ["2026", "202601", "20260130", "202601301505", "20260130150501", "20260130150501+0800"]
)
SYSTEMS = st.sampled_from(["2.16.840.1.113883.6.69", "2.16.840.1.113883.6.294", ""])
PHONES = st.text("0123456789+-", min_size=1, max_size=12)
MAILS = st.sampled_from(["a@b.cn", "drug.safety@example.org"])
BOUNDED = st.builds(str.__add__, st.sampled_from(["", "<", "<=", ">", ">="]), NUMBERS)
DIGITS = st.text("0123456789", min_size=4, max_size=8)
# Elements whose place is told by the code system, so another system would be another element.
TOLD_BY_SYSTEM = {"D.8.r.3b", "D.10.8.r.3b", "G.k.2.1.2b", "G.k.10.r", "G.k.1"} | {
    "FDA.G.k.10a",
    "FDA.G.k.1.a",
    "FDA.G.k.12.r.10",
}
# One product code and one result stand in one XML element, so only one of each can be said.
EITHER_OR = (
    ({"C.2.r.CN.1"}, {"FDA.C.2.r.2.8"}),
    ({"G.k.9.i.2.r.3"}, {"G.k.9.i.2.r.3.EU.1"}),
    ({"D.8.r.2a", "D.8.r.2b"}, {"D.8.r.3a", "D.8.r.3b"}),
    ({"D.10.8.r.2a", "D.10.8.r.2b"}, {"D.10.8.r.3a", "D.10.8.r.3b"}),
    ({"G.k.2.1.1a", "G.k.2.1.1b"}, {"G.k.2.1.2a", "G.k.2.1.2b"}),
)


def texts(item: Element) -> st.SearchStrategy[str]:
    """A value of the element that the schema and the table allow."""
    special = {"F.r.3.2": BOUNDED, "F.r.4": NUMBERS, "F.r.5": NUMBERS}
    special |= {"D.CN.1": DIGITS, "D.CN.2": DIGITS, "D.CN.5": PHONES.map("tel:".__add__)}
    if item.code in special:
        return special[item.code]
    if "telecom" in item.path:
        return MAILS if "mailto" in item.path else PHONES
    labels = CODE_LISTS.get(item.code_list or "")
    if labels:
        return st.sampled_from([label.code for label in labels])
    if item.type is DataType.BOOLEAN:
        return st.sampled_from(["true", "false"])
    if item.type is DataType.DATE:
        return DATES
    if item.path.endswith("@unit"):
        return UNITS
    if item.path.endswith("/@code") or item.path.endswith("@language"):
        return CODES
    return NUMBERS if item.type is DataType.NUMBER else TEXT


@st.composite
def documents(draw: st.DrawFn) -> Attachment:
    """An included document, encoded or plain."""
    plain = draw(st.booleans())
    data = draw(TEXT) if plain else base64.b64encode(draw(st.binary(min_size=1))).decode()
    return Attachment(
        draw(st.sampled_from(["application/pdf", "text/plain", "image/jpeg"])),
        draw(st.sampled_from([None, "DF", "GZ"])),
        data,
        "TXT" if plain else "B64",
        draw(st.sampled_from([None, "report.pdf", "病历.pdf"])),
    )


@st.composite
def values(draw: st.DrawFn, item: Element, profile: Profile) -> Value:
    """A value or a nullFlavor of one element."""
    nulls = item.nulls_for(profile)
    if nulls and draw(st.integers(0, 3)) == 0:
        return Null(draw(st.sampled_from(nulls)))
    if item.type is DataType.DOCUMENT:
        return draw(documents())
    return draw(texts(item))


@st.composite
def nodes(draw: st.DrawFn, group: str, profile: Profile, reactions: tuple[str, ...] = ()) -> Node:
    """An instance of a group with any of its elements and nested groups."""
    node = Node(group)
    here = [
        e for e in ELEMENTS.values() if e.group == group and profile in e.profiles and e.written
    ]
    dropped: set[str] = set()
    for pair in EITHER_OR:
        if all(profile in ELEMENTS[code].profiles for one in pair for code in one):
            dropped |= pair[draw(st.integers(0, 1))]
    share = draw(st.sampled_from([1, 2, 2, 6]))
    chosen = draw(st.lists(st.integers(0, share), min_size=len(here), max_size=len(here)))
    for item, picked in zip(here, chosen, strict=True):
        if picked == 0 and item.code not in dropped and item.type is not DataType.REFERENCE:
            node.values[item.code] = draw(values(item, profile))
            _qualify(draw, node, item)
    if group == "G.k.9.i":
        return node
    for nested, found in GROUPS.items():
        if found.parent == group and profile in found.profiles and nested != "G.k.9.i":
            _nest(draw, node, nested, profile, reactions)
    if group == "G.k":
        _matrix(draw, node, profile, reactions)
    return node


def _qualify(draw: st.DrawFn, node: Node, item: Element) -> None:
    if not isinstance(node.values[item.code], str) or draw(st.integers(0, 4)):
        return
    coded = item.path.endswith("/@code") and item.system is not None
    if coded and item.code not in TOLD_BY_SYSTEM:
        system = draw(SYSTEMS)
        if system != item.system:
            node.qualifiers[item.code] = system
    elif item.code in ("F.r.4", "F.r.5"):
        node.qualifiers[item.code] = "mol/L"


def _nest(
    draw: st.DrawFn, node: Node, group: str, profile: Profile, reactions: tuple[str, ...]
) -> None:
    many = draw(st.integers(0, 2))
    found = [draw(nodes(group, profile, reactions)) for _ in range(many)]
    found = [n for n in found if not n.is_empty() or group in ("E.i", "G.k")]
    if found:
        node.groups[group] = found


def _matrix(draw: st.DrawFn, drug: Node, profile: Profile, reactions: tuple[str, ...]) -> None:
    entries = []
    for reaction in (*reactions, str(UUID(int=0xD))):
        if draw(st.booleans()):
            entry = draw(nodes("G.k.9.i", profile))
            entry.values["G.k.9.i.1"] = reaction
            assessed = [draw(nodes("G.k.9.i.2.r", profile)) for _ in range(draw(st.integers(0, 2)))]
            assessed = [n for n in assessed if not n.is_empty()]
            if assessed:
                entry.groups["G.k.9.i.2.r"] = assessed
            entries.append(entry)
    if entries:
        drug.groups["G.k.9.i"] = entries


@st.composite
def batches(draw: st.DrawFn, profile: Profile) -> Batch:
    """A batch of one message over the profile's whole table."""
    reactions = tuple(str(UUID(int=n + 1)) for n in range(draw(st.integers(0, 2))))
    root = draw(nodes("", profile, reactions))
    root.groups.pop("E.i", None)
    if reactions:
        root.groups["E.i"] = [draw(nodes("E.i", profile)) for _ in reactions]
        for node, number in zip(root.groups["E.i"], reactions, strict=True):
            node.id = number
    for number, drug in enumerate(root.each("G.k")):
        drug.id = str(UUID(int=100 + number))
    return Batch(draw(nodes("N.1", profile)).values, (Message(root),))


def xml_of(message: Message, profile: Profile = Profile.ICH) -> bytes:
    """The message alone in a transmission that repeats its sender, receiver, number and date."""
    values: dict[str, Value] = {"N.1.1": "1"}
    for number in range(2, 6):
        value = message.get(f"N.2.r.{number - 1}")
        if value is not None:
            values[f"N.1.{number}"] = value
    return write_batch(Batch(values, (message,)), profile)


def message_in(data: bytes, profile: Profile | None = None) -> Message:
    """The only message of a transmission."""
    (message,) = read_batch(data, profile).messages
    return message


def stored(message: Message) -> Message:
    """The message as a JSON column gives it back."""
    return storage.message_from_data(json.loads(json.dumps(storage.message_to_data(message))))
