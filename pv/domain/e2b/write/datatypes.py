"""Writing the values that have several spellings: the one the authorities' examples use.

Source: domain 6.
"""

import re

from pv.domain.e2b.characters import attribute, text
from pv.domain.e2b.message import Attachment, Node, Null, Value
from pv.domain.e2b.write.compiled_writer import Form

BOUND = re.compile(r"^(<=|>=|<|>)(.+)$", re.DOTALL)


def said(name: str, value: Value | None) -> str:
    """An attribute with its value, ``nullFlavor`` for a null, nothing for an absent value."""
    if isinstance(value, str):
        return f' {name}="{attribute(value)}"'
    return f' nullFlavor="{attribute(value.flavor)}"' if isinstance(value, Null) else ""


def time(form: Form, node: Node) -> str:
    """An interval; with a period or with all three of its ends, an expression of parts.

    The schema lets an interval hold two of start, end and duration, so three need two parts.
    """
    written = {name: _part(part, node) for name, part in form.parts.items()}
    period = written.get("period", "")
    low, width, high = (written.get(name, "") for name in ("low", "width", "high"))
    if low and width and high:
        rest = [low + high, width]
    else:
        rest = [low + width + high] if low or width or high else []
    if not period and len(rest) == 1:
        return f'{form.head} xsi:type="IVL_TS">{rest[0]}{form.close}'
    if period and not rest:
        return f'{form.head} xsi:type="PIVL_TS">{period}{form.close}'
    if not rest:
        return ""
    parts = [f'<comp xsi:type="PIVL_TS">{period}</comp>'] if period else []
    for interval in rest:
        operator = ' operator="A"' if parts else ""
        parts.append(f'<comp xsi:type="IVL_TS"{operator}>{interval}</comp>')
    return f'{form.head} xsi:type="SXPR_TS">{"".join(parts)}{form.close}'


def _part(form: Form, node: Node) -> str:
    values = "".join(said(name, node.values.get(code)) for name, code in form.attributes)
    return f"<{form.tag}{values}/>" if values else ""


def measure(form: Form, node: Node) -> str:
    """A test result: its number or bound, and beside it the free text if there is one."""
    center = dict(form.parts["center"].attributes)
    number, unit = node.values.get(center["value"]), said("unit", node.values.get(center["unit"]))
    bound = BOUND.match(number) if isinstance(number, str) else None
    written = ""
    if bound is not None:
        inclusive = "true" if bound[1].endswith("=") else "false"
        end = f'value="{attribute(bound[2])}"{unit} inclusive="{inclusive}"'
        if bound[1].startswith("<"):
            written = f'<low nullFlavor="NINF"/><high {end}/>'
        else:
            written = f'<low {end}/><high nullFlavor="PINF"/>'
    elif number is not None or unit:
        written = f"<center{said('value', number)}{unit}/>"
    if written:
        written = f'{form.head} xsi:type="IVL_PQ">{written}{form.close}'
    free = node.values.get(form.text or "")
    if isinstance(free, str):
        written += f'{form.head} xsi:type="ED">{text(free)}{form.close}'
    elif isinstance(free, Null):
        written += f'{form.head} xsi:type="ED"{said("", free)}/>'
    return written


def lines(form: Form, node: Node) -> str:
    """An address, one XML element per line; blank lines stay inside one element."""
    value = node.values.get(form.text or "")
    if not isinstance(value, str):
        return f"{form.head}{said('', value)}/>" if value is not None else ""
    parts = value.split("\n")
    if any(not part or part.isspace() for part in parts):
        parts = [value]
    return "".join(f"{form.head}>{text(part)}{form.close}" for part in parts)


def telecom(form: Form, node: Node) -> str:
    """An address with its scheme; a null names the scheme alone, without colon (FDA, ICH)."""
    value = node.values.get(form.attributes[0][1])
    if isinstance(value, str):
        return f'{form.head} value="{form.shape}:{attribute(value)}"/>'
    if isinstance(value, Null):
        return f'{form.head}{said("", value)} value="{form.shape}"/>'
    return ""


def document(form: Form, node: Node) -> str:
    """An included document as it was encoded, with its media type and compression."""
    value = node.values.get(form.text or "")
    if isinstance(value, Null):
        return f"{form.head}{said('', value)}/>"
    if isinstance(value, str):
        value = Attachment("text/plain", None, value, "TXT")
    if value is None:
        return ""
    facts = (
        said("mediaType", value.media_type)
        + f' representation="{attribute(value.representation)}"'
        + said("compression", value.compression)
    )
    name = f'<reference value="{attribute(value.reference)}"/>' if value.reference else ""
    return f"{form.head}{facts}>{name}{text(value.data)}{form.close}"


SHAPES = {
    "time": time,
    "measure": measure,
    "lines": lines,
    "tel": telecom,
    "fax": telecom,
    "mailto": telecom,
    "document": document,
}
