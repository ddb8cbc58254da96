"""MLLP: messages framed by 0x0B and 0x1C 0x0D on a byte stream.

Frame bytes never occur inside UTF-8 or GB 18030, so framing goes by bytes. A closing 0x0D that is
missing is forgiven when the next frame begins.

Source: HL7 v2.9, appendix C; HL7 Transport Specification MLLP release 1.
"""

START, END, RETURN = 0x0B, 0x1C, 0x0D


class FrameTooLarge(ValueError):
    """A frame beyond the limit, or that many bytes outside of any frame."""


class Frames:
    """Collects what comes in pieces of any size and gives whole messages."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now; FrameTooLarge ends the stream."""
        self.waiting += data
        found: list[bytes] = []
        while True:
            start = self.waiting.find(START)
            if start < 0:
                self.waiting.clear()
                return found
            end = self.waiting.find(END, start)
            if end < 0:
                del self.waiting[:start]
                if len(self.waiting) > self.limit:
                    raise FrameTooLarge(f"more than {self.limit} bytes")
                return found
            if end - start - 1 > self.limit:
                raise FrameTooLarge(f"more than {self.limit} bytes")
            found.append(bytes(self.waiting[start + 1 : end]))
            del self.waiting[: end + 1]


def framed(message: bytes) -> bytes:
    """A message in its frame."""
    return bytes((START,)) + message + bytes((END, RETURN))
