"""A case received from somebody else, as it goes on under the holder's own name (ICH IG, C.1).

The product's own rule, after domain 6.
"""

from datetime import date

from pv.domain.e2b.message import Node

# The person and address of the one who sent it to us; the holder is the sender now.
_SENDER = tuple(
    f"C.3.{number}"
    for number in ("3.1", "3.2", "3.3", "3.4", "3.5", *(f"4.{n}" for n in range(1, 9)))
)


def own_identifier(root: Node, organisation: str, number: str) -> str:
    """C.1.1 of our own: country of the primary source, organisation, number of the case."""
    sources = root.each("C.2.r")
    primary = next((one for one in sources if one.text("C.2.r.5") == "1"), None)
    country = primary.text("C.2.r.3") if primary is not None else None
    if country is None:
        country = next((one.text("E.i.9") for one in root.each("E.i") if one.text("E.i.9")), None)
    return f"{(country or 'CN').upper()}-{organisation}-{number}"


def retransmit(
    root: Node,
    *,
    identifier: str,
    sender_type: str,
    organisation: str,
    source: str,
    received_on: date,
    latest_on: date,
) -> None:
    """Change a received message into the holder's own report of the same case, in place.

    It gets its own C.1.1; the worldwide identifier (C.1.8.1, C.1.8.2) stays, and the identifier
    it came under goes to the other identifiers (C.1.9.1.r) with its source. The dates of receipt
    (C.1.4, C.1.5) are those of the one who sends it on.
    """
    before = root.text("C.1.1")
    known = {node.text("C.1.9.1.r.2") for node in root.each("C.1.9.1.r")}
    root.values["C.1.1"] = identifier
    root.values.setdefault("C.1.8.1", before or identifier)
    if before and before != identifier and before not in known:
        other = root.add("C.1.9.1.r")
        other.values["C.1.9.1.r.1"], other.values["C.1.9.1.r.2"] = source[:100], before[:100]
    if root.each("C.1.9.1.r"):
        root.values["C.1.9.1"] = "true"
    for element in _SENDER:
        root.values.pop(element, None)
    root.values["C.3.1"], root.values["C.3.2"] = sender_type, organisation[:100]
    root.values["C.1.4"] = received_on.strftime("%Y%m%d")
    root.values["C.1.5"] = max(latest_on, received_on).strftime("%Y%m%d")
