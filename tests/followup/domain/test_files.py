"""What a file is by its content, and the PDFs that are refused."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.files import (
    LONGEST_NAME,
    MOST_BYTES,
    FaultyFile,
    FileFault,
    FileType,
    check_pdf,
    stored_name,
    type_of,
)

HEAD, TAIL = b"%PDF-1.7\n", b"\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"

PAGE = b"2 0 obj <</Type/Page>> endobj"


def _pdf(body: bytes) -> bytes:
    return HEAD + body + TAIL


def _packed(objects: bytes, entries: bytes = b"/Filter /FlateDecode", pack: bool = True) -> bytes:
    body = zlib.compress(objects) if pack else objects
    return _pdf(b"5 0 obj\n<</Type /ObjStm " + entries + b">>\nstream\n" + body + b"\nendstream")


def _fault(content: bytes) -> FileFault | None:
    try:
        if type_of(content) is FileType.PDF:
            check_pdf(content)
    except FaultyFile as faulty:
        return faulty.fault
    return None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", FileFault.EMPTY),
        (b"\xff\xd8\xff" + b"0" * MOST_BYTES, FileFault.TOO_LARGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", FileFault.UNKNOWN_TYPE),
        (b"<html>%PDF-1.7", FileFault.UNKNOWN_TYPE),
        (b"MZ\x90", FileFault.UNKNOWN_TYPE),
        (b"%PDF-1.7 cut off", FileFault.TRUNCATED),
        (_pdf(b"1 0 obj <</Length 3>> stream\nabc"), FileFault.TRUNCATED),
        (_pdf(b"1 0 obj <</Type /Catalog /OpenAction [3 0 R /Fit]>> endobj" + PAGE), None),
        (_pdf(b"1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj"), FileFault.NO_PAGE),
        (_pdf(b"2 0 obj <</Type /Pages /Count 0 /Kids []>> endobj"), FileFault.NO_PAGE),
        (_pdf(b"2 0 obj <</Type\n/P#61ge>> endobj"), None),
        (HEAD + TAIL, FileFault.NO_PAGE),
        (_pdf(b"1 0 obj <</S /JavaScript /JS (app.alert)>> endobj"), FileFault.ACTIVE),
        (_pdf(b"1 0 obj <</S /J#61vaScript>> endobj"), FileFault.ACTIVE),
        (_pdf(b"1 0 obj <</S /Launch/F (cmd.exe)>> endobj"), FileFault.ACTIVE),
        (_pdf(b"1 0 obj <</Names <</EmbeddedFiles 2 0 R>>>> endobj"), FileFault.ACTIVE),
        (_pdf(b"1 0 obj <</AcroForm <</XFA [1]>>>> endobj"), FileFault.ACTIVE),
        (_pdf(b"trailer <</Encrypt 4 0 R>>"), FileFault.ENCRYPTED),
        (_pdf(b"1 0 obj <</Subject (JS Bach)/JSON 1>> endobj" + PAGE), None),
        (_packed(b"1 0 <</Type /Page>>"), None),
        (_packed(b"1 0 <</S /JavaScript>>"), FileFault.ACTIVE),
        (_packed(b"1 0 <</S /JS>>", b"", pack=False), FileFault.ACTIVE),
        (_packed(b"x", b"/Filter [/ASCIIHexDecode /FlateDecode]"), FileFault.UNREADABLE),
        (_packed(b"not packed", pack=False), FileFault.UNREADABLE),
        # A picture may hold any bytes: they name no action.
        (_pdf(b"1 0 obj <</Length 9>>\nstream\n /JS (a) \nendstream" + PAGE), None),
    ],
)
@pytest.mark.requirement("ASVS-1.3.4", "ASVS-5.2.1", "ASVS-5.2.2")
def test_what_is_refused(content: bytes, expected: FileFault | None) -> None:
    assert _fault(content) is expected


@given(st.text(max_size=300), st.sampled_from(FileType))
@pytest.mark.requirement("ASVS-5.3.2", "ASVS-5.4.2")
def test_a_name_is_one_name_with_the_ending_of_the_content(name: str, kind: FileType) -> None:
    stored = stored_name(name, kind)
    assert 4 < len(stored) <= LONGEST_NAME
    assert stored.endswith({"application/pdf": ".pdf"}.get(kind.value, stored[-4:]))
    assert not set(stored) & set("<>:\"/\\|?*;'\r\n\0")
    assert stored_name(stored, kind) == stored


@given(st.binary(max_size=400))
def test_any_bytes_have_a_type_or_a_fault(content: bytes) -> None:
    _fault(b"%PDF-1.7" + content + b"%%EOF")
    _fault(content)


def test_names_people_send() -> None:
    assert stored_name("C:\\病理\\报告单.PDF", FileType.PDF) == "报告单.pdf"
    assert stored_name("../../etc/passwd", FileType.PNG) == "passwd.png"
    assert stored_name("IMG_1.jpeg", FileType.JPEG) == "IMG_1.jpg"
