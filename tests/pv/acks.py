"""Acknowledgements as a gateway writes them, for tests."""

from xml.sax.saxutils import escape, quoteattr

ROOT = "2.16.840.1.113883.3.989.2.1.3."


def identifier(root: int, extension: str) -> str:
    return f'<id root="{ROOT}{root}" extension={quoteattr(extension)}/>'


def entry(number: str, code: str, text: str = "", sender: str = "") -> str:
    """ACK.B.r: what became of one message."""
    device = f"<sender><device>{identifier(15, sender)}</device></sender>" if sender else ""
    return (
        f'<MCCI_IN000002UV01>{device}<acknowledgement typeCode="{code}">'
        f"<targetMessage>{identifier(1, number)}</targetMessage><acknowledgementDetail>"
        f"<text>{escape(text)}</text></acknowledgementDetail></acknowledgement>"
        "</MCCI_IN000002UV01>"
    )


def ack(
    *entries: str,
    batch: str = "",
    number: str = "A-1",
    sender: str = "nmpacdr",
    sent: str = "",
    whole: str = "AE",
) -> bytes:
    """A whole acknowledgement; what is empty is left out."""
    target = f"<targetBatch>{identifier(22, batch)}</targetBatch>" if batch else ""
    device = f"<sender><device>{identifier(17, sender)}</device></sender>" if sender else ""
    time = f'<creationTime value="{sent}"/>' if sent else ""
    named = identifier(20, number) if number else ""
    return (
        f'<MCCI_IN200101UV01 xmlns="urn:hl7-org:v3">{named}{time}{"".join(entries)}{device}'
        f'<acknowledgement typeCode="{whole}">{target}</acknowledgement></MCCI_IN200101UV01>'
    ).encode()
