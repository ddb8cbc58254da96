"""A mail server that delivers to a folder: what the demo sends can be read, nothing leaves."""

import socket
import time
from email.message import Message as EmailMessage
from itertools import count
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Folder(Message):
    """Writes each message to one `.eml` file, oldest first by name.

    aiosmtpd adds the envelope as the headers X-MailFrom and X-RcptTo.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.numbers = count(1)

    def handle_message(self, message: EmailMessage) -> None:
        """Called by aiosmtpd for each message it took."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(self.numbers):06d}.eml"
        part = self.folder / f".{name}"
        part.write_bytes(message.as_bytes())
        part.rename(self.folder / name)


class MailSink:
    """The server, in a thread of this process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._controller = Controller(Folder(folder), hostname="127.0.0.1", port=self.port)

    @property
    def url(self) -> str:
        """EMAIL_URL of this server."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen; returns when it takes mail."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()

    def messages(self) -> list[bytes]:
        """Every message delivered so far, oldest first."""
        return [file.read_bytes() for file in sorted(self.folder.glob("*.eml"))]
