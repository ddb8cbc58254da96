"""Files beside a record: what a file is by its content, and what is never kept.

The name of a file proves nothing. A PDF that can act (scripts, programs, files inside, forms of
XFA) is refused, as is one nobody can look into because it is encrypted.
Sources: ISO 32000-1 7.3.5 (names), 7.5.7 (object streams), 12.6.4 (actions); RFC 2083 3.1 (PNG);
ITU-T T.81 B.1.1.3 (JPEG markers).
"""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePath

MOST_BYTES = 10_000_000
MOST_PIXELS = 60_000_000  # what a telephone's camera takes, with room
LONGEST_NAME = 120
_MOST_INFLATED = 20_000_000  # bytes of one object stream; more is no document


class FileType(StrEnum):
    """What is kept, by the type it is answered with."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"


class DocumentKind(StrEnum):
    """What a document is about."""

    PATHOLOGY = "PATHOLOGY"
    DISCHARGE = "DISCHARGE"
    LABORATORY = "LABORATORY"
    IMAGING = "IMAGING"
    CONSENT = "CONSENT"
    LETTER = "LETTER"
    OTHER = "OTHER"


class FileFault(StrEnum):
    """Why a file is not kept."""

    EMPTY = "EMPTY"
    TOO_LARGE = "TOO_LARGE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    TRUNCATED = "TRUNCATED"
    ENCRYPTED = "ENCRYPTED"
    ACTIVE = "ACTIVE"
    UNREADABLE = "UNREADABLE"
    NO_PAGE = "NO_PAGE"


class FaultyFile(ValueError):
    """A file that is not kept; `fault` says why."""

    def __init__(self, fault: FileFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


_MAGIC = ((b"\xff\xd8\xff", FileType.JPEG), (b"\x89PNG\r\n\x1a\n", FileType.PNG))
_ENDINGS = {FileType.PDF: ".pdf", FileType.JPEG: ".jpg", FileType.PNG: ".png"}
_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)"
    rb"(?=[\s/<>\[\]()]|$)"
)
_PAGE = re.compile(rb"/Type\s*/Page(?=[\s/<>\[\]()]|$)")
_ENCRYPTED = re.compile(rb"/Encrypt(?=[\s/<>\[\]()])")
_STREAM = re.compile(rb"\bstream\r?\n")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")


def type_of(content: bytes) -> FileType:
    """The type by the first bytes; FaultyFile for anything else, an empty and a large file."""
    if not content:
        raise FaultyFile(FileFault.EMPTY)
    if len(content) > MOST_BYTES:
        raise FaultyFile(FileFault.TOO_LARGE)
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content.startswith(b"%PDF-"):
        return FileType.PDF
    raise FaultyFile(FileFault.UNKNOWN_TYPE)


def check_pdf(content: bytes) -> None:
    """FaultyFile for a PDF that is cut off, encrypted, acts, shows no page, or cannot be read."""
    if b"%%EOF" not in content[-2048:]:
        raise FaultyFile(FileFault.TRUNCATED)
    pages = 0
    for part in _structure(content):
        plain = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), part)
        if _ENCRYPTED.search(plain):
            raise FaultyFile(FileFault.ENCRYPTED)
        if _ACTIVE.search(plain):
            raise FaultyFile(FileFault.ACTIVE)
        pages += len(_PAGE.findall(plain))
    if not pages:
        raise FaultyFile(FileFault.NO_PAGE)


def _structure(content: bytes) -> Iterator[bytes]:
    """Everything of a PDF that can name an action: without pictures and texts of pages."""
    place = 0
    while opening := _STREAM.search(content, place):
        head = content[place : opening.start()]
        yield head
        end = content.find(b"endstream", opening.end())
        if end < 0:
            raise FaultyFile(FileFault.TRUNCATED)
        entries = head[max(head.rfind(b" obj"), 0) :]
        if b"/ObjStm" in _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), entries):
            yield _inflated(entries, content[opening.end() : end])
        place = end + len(b"endstream")
    yield content[place:]


def _inflated(entries: bytes, body: bytes) -> bytes:
    """The objects of an object stream. What is packed in another way is not looked into."""
    packed = re.findall(rb"/(\w+Decode)\b", entries)
    if b"/DecodeParms" in entries or packed not in ([], [b"FlateDecode"]):
        raise FaultyFile(FileFault.UNREADABLE)
    if not packed:
        return body
    reader = zlib.decompressobj()
    try:
        inflated = reader.decompress(body, _MOST_INFLATED)
    except zlib.error as error:
        raise FaultyFile(FileFault.UNREADABLE) from error
    if reader.unconsumed_tail or not reader.eof:
        raise FaultyFile(FileFault.UNREADABLE)
    return inflated


def stored_name(name: str, kind: FileType) -> str:
    """The name of a file without folders and without what a disk or a header cannot hold.

    The ending is that of the content, whatever the name said.
    """
    base = PurePath(name.replace("\\", "/")).name
    clean = "".join(c for c in base if c.isprintable() and c not in "<>:\"/\\|?*;'").strip(" .")
    stem = re.sub(r"\.(pdf|jpe?g|png)$", "", clean, flags=re.IGNORECASE).strip(" .")
    return (stem or "file")[: LONGEST_NAME - 4] + _ENDINGS[kind]
