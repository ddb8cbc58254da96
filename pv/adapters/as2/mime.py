"""MIME entities by their exact bytes: a signature is over bytes, so nothing is parsed and rebuilt.

Source: RFC 2045, RFC 2046 section 5.1, RFC 1847.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

_PARSER = BytesHeaderParser()


class Malformed(ValueError):
    """Bytes that are not the MIME entity they should be."""


@dataclass(frozen=True, slots=True)
class Entity:
    """Headers as read and the body as it came."""

    headers: Message
    body: bytes

    @property
    def kind(self) -> str:
        """The media type in small letters, `application/octet-stream` where none is named."""
        named = "content-type" in self.headers
        return self.headers.get_content_type() if named else "application/octet-stream"

    def parameter(self, name: str) -> str:
        """A parameter of the media type, empty where there is none."""
        value = self.headers.get_param(name)
        return value.strip() if isinstance(value, str) else ""

    def content(self) -> bytes:
        """The body without its transfer encoding; Malformed when that does not hold."""
        encoding = str(self.headers.get("Content-Transfer-Encoding", "binary")).strip().lower()
        if encoding in ("binary", "7bit", "8bit"):
            return self.body
        try:
            if encoding == "base64":
                return base64.b64decode(b"".join(self.body.split()), validate=True)
            if encoding == "quoted-printable":
                return binascii.a2b_qp(self.body)
        except binascii.Error as error:
            raise Malformed("the transfer encoding is broken") from error
        raise Malformed(f"the transfer encoding {encoding[:40]} is not known")


def unfolded(headers: Mapping[str, str]) -> Message:
    """Headers of HTTP as those of an entity; folded lines become one."""
    message = Message()
    for name, value in headers.items():
        message[name] = " ".join(value.split())
    return message


def read(data: bytes) -> Entity:
    """An entity from its bytes; Malformed without the empty line behind the headers."""
    for mark in (b"\r\n\r\n", b"\n\n"):
        head, found, body = data.partition(mark)
        if found and (mark == b"\n\n" or b"\n\n" not in head):
            return Entity(_PARSER.parsebytes(head + mark), body)
    raise Malformed("no headers")


def parts(entity: Entity) -> list[bytes]:
    """The parts of a multipart entity byte for byte, headers included; Malformed otherwise.

    The line end before a boundary belongs to the boundary.
    """
    boundary = entity.parameter("boundary").encode("ascii", "replace")
    if not entity.kind.startswith("multipart/") or not boundary:
        raise Malformed("not a multipart entity")
    found: list[bytes] = []
    begin: int | None = None
    for start, end, last in _delimiters(entity.body, b"--" + boundary):
        if begin is not None:
            found.append(entity.body[begin:start])
        begin = None if last else end
        if last:
            return found
    raise Malformed("the last boundary is missing")


def _delimiters(body: bytes, mark: bytes) -> Iterable[tuple[int, int, bool]]:
    """Where a boundary begins with its line end, where its line is over, whether it is the last."""
    at = -1
    while (at := body.find(mark, at + 1)) >= 0:
        if at and body[at - 1 : at] != b"\n":
            continue
        line_end = body.find(b"\n", at)
        stop = len(body) if line_end < 0 else line_end + 1
        rest = body[at + len(mark) : stop].strip()
        if rest not in (b"", b"--"):
            continue
        start = at
        if body[:at].endswith(b"\r\n"):
            start = at - 2
        elif at:
            start = at - 1
        yield start, stop, rest == b"--"


def multipart(kind: str, boundary: str, pieces: Iterable[bytes]) -> tuple[str, bytes]:
    """A media type with its boundary, and the body of the pieces."""
    mark = boundary.encode()
    body = b"".join(b"--" + mark + b"\r\n" + piece + b"\r\n" for piece in pieces)
    return f'{kind}; boundary="{boundary}"', body + b"--" + mark + b"--\r\n"


def entity(headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of an entity."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return head.encode("ascii") + b"\r\n" + body
