"""The printing process: keeps WeasyPrint loaded and forks one limited child for each document.

A program of its own, started by `client.py` and never imported by the application. Standard input
is a Unix socket; each message on it carries one socket, over which a document comes and goes.
"""

import gc
import json
import os
import resource
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

LENGTH = struct.Struct("!Q")
WARM = "<p>Aa 中文</p><p><b>Bb 粗体</b></p><p>☐ ☑</p>"


def refuse(_self: Any, url: str, headers: Any = None) -> Any:
    """Instead of fetching: styles and fonts are here already, text brings nothing along."""
    raise ValueError("documents fetch nothing")


# Made by a call because the base class is untyped; `open` and `__call__` of it go through fetch.
DenyAll = type("DenyAll", (URLFetcher,), {"fetch": refuse})


class Printer:
    """The fonts and the parsed style sheets, shared with every child by the fork."""

    def __init__(self, folder: Path) -> None:
        self.fonts = FontConfiguration()
        self.styles: dict[str, tuple[float, CSS]] = {}
        self.folder = folder
        for path in sorted(folder.glob("*.css")):
            self.style(path.stem)
        self.pdf(WARM, [name for name in self.styles if name == "document"])

    def style(self, name: str) -> CSS | None:
        """A style sheet of the folder, read again when the file has changed."""
        path = self.folder / f"{Path(name).name}.css"
        try:
            changed = path.stat().st_mtime
        except FileNotFoundError:
            return None
        if name not in self.styles or self.styles[name][0] != changed:
            text = path.read_text(encoding="utf-8")
            sheet = CSS(string=text, font_config=self.fonts, url_fetcher=DenyAll())
            self.styles[name] = (changed, sheet)
        return self.styles[name][1]

    def pdf(self, html: str, styles: list[str]) -> bytes:
        """One document."""
        sheets = [sheet for name in styles if (sheet := self.style(name)) is not None]
        page = HTML(string=html, base_url=None, url_fetcher=DenyAll())
        return bytes(page.write_pdf(stylesheets=sheets, font_config=self.fonts))


def receive(pipe: socket.socket) -> bytes:
    """One message: its length in eight bytes, then its bytes."""
    with pipe.makefile("rb") as stream:
        (length,) = LENGTH.unpack(stream.read(LENGTH.size))
        return stream.read(length)


def limit(wanted: dict[str, int]) -> None:
    """Take on the limits of one document: CPU and wall seconds, MB above what is in use now."""
    for signum in (signal.SIGCHLD, signal.SIGALRM, signal.SIGXCPU):
        signal.signal(signum, signal.SIG_DFL)
    used = Path("/proc/self/statm")
    if used.exists():  # elsewhere than on Linux address space is not counted this way
        pages = int(used.read_text().split()[0])
        space = pages * resource.getpagesize() + wanted["megabytes"] * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (wanted["cpu"], wanted["cpu"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.setitimer(signal.ITIMER_REAL, wanted["seconds"])


def work(printer: Printer, pipe: socket.socket) -> None:
    """In the child: read the order, print under its limits, answer with a verdict and bytes."""
    order = json.loads(receive(pipe))
    limit(order["limits"])
    try:
        verdict, body = b"+", printer.pdf(order["html"], order["styles"])
    except BaseException as error:  # MemoryError and RecursionError too: the child ends anyway
        verdict, body = b"-", type(error).__name__.encode()
    pipe.sendall(verdict + LENGTH.pack(len(body)) + body)


def serve(printer: Printer, control: socket.socket) -> None:
    """Fork a child for each socket that comes; end when the parent's side is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()  # what is loaded stays shared with the children instead of being copied
    control.sendall(b"ready")
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(control, 1, 1)
        if not message:
            return
        pipe = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            control.close()
            try:
                work(printer, pipe)
            finally:
                os._exit(0)
        pipe.close()


if __name__ == "__main__":
    serve(Printer(Path(sys.argv[1])), socket.socket(fileno=0))
