"""Writing E2B(R3): schema order, the same bytes every time, regional elements by profile.

Source: domain 6.
"""

from collections.abc import Iterable, Iterator

from pv.domain.e2b.characters import encoded
from pv.domain.e2b.elements import Profile
from pv.domain.e2b.message import Batch, Fragment, Message, Node, Value
from pv.domain.e2b.skeleton import BATCH, MESSAGE, NAMESPACE, SCHEMA_INSTANCE
from pv.domain.e2b.write.compiled_writer import Form, forms
from pv.domain.e2b.write.message_writer import Writing, spoken, write_node
from pv.domain.e2b.write.unmapped_content import constant, placed

__all__ = ["SCHEMA_LOCATIONS", "write_batch", "write_stream"]

# Where each authority's examples say the schema lives; nobody fetches it.
FDA_SCHEMAS = "https://www.accessdata.fda.gov/icsr/schema/cvm/schemas/vich/multicacheschemas/"
EU_SCHEMAS = "http://eudravigilance.ema.europa.eu/xsd/multicacheschemas/"
SCHEMA_LOCATIONS = {
    Profile.ICH: f"{BATCH}.xsd",
    Profile.NMPA: f"{BATCH}.xsd",
    Profile.FDA: f"{FDA_SCHEMAS}{BATCH}.xsd",
    Profile.EU: f"{EU_SCHEMAS}{BATCH}.xsd",
    Profile.PARTNER: f"{BATCH}.xsd",
}


def write_batch(batch: Batch, profile: Profile | str = Profile.ICH) -> bytes:
    """A transmission as UTF-8 XML, byte for byte the same for an equal batch.

    Only ICH's elements and the profile's own are written. Raises MessageRefused for a character
    that XML cannot hold.
    """
    return b"".join(
        write_stream(batch.values, batch.messages, profile, batch.qualifiers, batch.fragments)
    )


def write_stream(
    values: dict[str, Value],
    messages: Iterable[Message],
    profile: Profile | str = Profile.ICH,
    qualifiers: dict[str, str] | None = None,
    fragments: Iterable[Fragment] = (),
) -> Iterator[bytes]:
    """The pieces of a transmission, one message at a time."""
    profile = Profile(profile)
    form, wrapper = forms(profile)
    node = Node("N.1", None, values, {}, qualifiers or {}, fragments=list(fragments))
    before, after = _wrapper(wrapper, node, profile)
    yield before
    for message in messages:
        yield encoded(write_node(form, message.root))
        yield b"\n"
    yield after


def _wrapper(form: Form, node: Node, profile: Profile) -> tuple[bytes, bytes]:
    place = form.items.index(MESSAGE)
    kept = placed(form, node)
    halves = []
    for numbers in (range(place), range(place + 1, len(form.items) + 1)):
        writing = Writing()
        for number in numbers:
            writing.out.append(kept.get(number, ""))
            item = form.items[number] if number < len(form.items) else ""
            if isinstance(item, str):
                writing.out.append(item and constant(form, number, node))
            else:
                writing.emit(item, node, spoken(node))
        halves.append(writing.out)
    location = f"{NAMESPACE} {SCHEMA_LOCATIONS[profile]}"
    opening = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{BATCH} xmlns="{NAMESPACE}" '
        f'xmlns:xsi="{SCHEMA_INSTANCE}" ITSVersion="XML_1.0" '
        f'xsi:schemaLocation="{location}">\n'
    )
    return encoded([opening, *halves[0], "\n"]), encoded([*halves[1], f"\n</{BATCH}>\n"])
