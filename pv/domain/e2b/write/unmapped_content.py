"""Writing back what no element holds: attributes, texts and whole elements, in schema order.

Source: domain 6.
"""

from pv.domain.e2b.characters import text
from pv.domain.e2b.message import Fragment, Kept, Node
from pv.domain.e2b.skeleton import ORDER
from pv.domain.e2b.write.compiled_writer import NAME, Form

ASSESSMENT, POINTERS = "causalityAssessment", ("subject1", "subject2")


def kept_in(form: Form, node: Node) -> tuple[str, str]:
    """What the node keeps of a place's own element: attributes, and text in front of its parts."""
    here = [kept for kept in node.fragments if kept.place == form.path]
    attributes = next((kept.xml for kept in here if kept.kind is Kept.ATTRIBUTES), "")
    inside = "".join(kept.xml for kept in here if kept.kind is Kept.TEXT)
    words = node.verbatims.get(form.code or "")
    if words:
        inside = f"<originalText>{text(words)}</originalText>{inside}"
    return attributes, inside


def constant(form: Form, number: int, node: Node) -> str:
    """A constant part as the table has it, or as it was received when that said otherwise."""
    item = form.items[number]
    original = received(node, f"{form.path}/{form.tags[number]}")
    return original or (item if isinstance(item, str) else "")


def with_kept(form: Form, node: Node) -> tuple[tuple[str | Form, ...], bool]:
    """The parts of a place with what is kept between them; whether anything is."""
    if not node.fragments:
        return form.items, False
    kept = placed(form, node)
    found: list[str | Form] = []
    for number, item in enumerate(form.items):
        found += [kept[number]] if number in kept else []
        found.append(constant(form, number, node) if isinstance(item, str) else item)
    found += [kept[len(form.items)]] if len(form.items) in kept else []
    return tuple(found), bool(kept)


def received(node: Node, place: str) -> str:
    """A fixed part as it was received, when that said more than the fixed part does."""
    for kept in node.fragments:
        if kept.kind is Kept.ORIGINAL and kept.place == place:
            return kept.xml
    return ""


def placed(form: Form, node: Node) -> dict[int, str]:
    """The elements kept in a place, by the number of the part before which each is written."""
    found: dict[int, str] = {}
    positions: dict[str, int] = {}
    for kept in node.fragments:
        if kept.kind is Kept.ELEMENT and kept.place == form.path:
            tag = NAME.findall(kept.xml)[0]
            if form.tag == ASSESSMENT and tag in POINTERS:
                continue
            number = _position(form, kept, tag, positions)
            positions[tag] = number
            found[number] = found.get(number, "") + kept.xml
    return found


def kept_behind(form: Form, node: Node, tag: str) -> list[str]:
    """A second pointer of an assessment: behind the one that says whose assessment it is."""
    here = (one for one in node.fragments if one.place == form.path and one.kind is Kept.ELEMENT)
    return [one.xml for one in here if NAME.findall(one.xml)[0] == tag]


def _position(form: Form, kept: Fragment, tag: str, positions: dict[str, int]) -> int:
    """After the last part of its own tag, else by the schema's order, else where it was read."""
    if tag in positions:
        return positions[tag]
    if tag in form.tags:
        return _behind(form, {tag})
    order = ORDER.get(form.tag, "").split()
    if tag in order:
        return _behind(form, set(order[: order.index(tag)]))
    if kept.after in positions:
        return positions[kept.after]
    return (
        _behind(form, {kept.after})
        if kept.after in form.tags or not kept.after
        else len(form.items)
    )


def _behind(form: Form, tags: set[str]) -> int:
    """The number of the part behind the last one of these tags; 0 when there is none."""
    return max((n + 1 for n, tag in enumerate(form.tags) if tag in tags), default=0)
