"""The application's side of the printing process: starts it, hands over documents, waits."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from followup.core.pdf import fonts
from followup.core.problems import Refused

PROGRAM = Path(__file__).with_name("worker.py")
START_SECONDS = 60  # a cold cache of a slow disk; a warm start takes one
GRACE_SECONDS = 5  # above the child's own alarm, for a child that cannot even be alarmed
AT_ONCE = 2
# All the printing process is told about this machine; secrets of the application stay here.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: CPU seconds, wall seconds, MB above the idle process."""

    cpu: int = 20
    seconds: int = 60
    megabytes: int = 700


DEFAULT = Limits()


class DocumentFailed(Refused):
    """The document could not be printed; `reason` is for the log, the text for a person."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        text = _("The document could not be printed: it needs more time or memory than allowed.")
        super().__init__(text, code="document_failed")


class WorkerClient:
    """One printing process of this process, started at the first document and after a failure."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._child: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0

    def print(self, html: str, styles: tuple[str, ...], limits: Limits) -> bytes:
        """The PDF of a page; raises DocumentFailed, after which the next document goes on."""
        order = {"html": html, "styles": styles, "limits": asdict(limits)}
        message = json.dumps(order, ensure_ascii=False).encode()
        with self._turns, self._hand_over() as pipe:
            pipe.settimeout(limits.seconds + GRACE_SECONDS)
            try:
                pipe.sendall(len(message).to_bytes(8, "big") + message)
                return _answer(pipe)
            except TimeoutError as error:
                self.stop()
                raise DocumentFailed("wall clock") from error
            except ConnectionError as error:
                raise DocumentFailed("ended") from error

    def stop(self) -> None:
        """End the printing process; the next document starts a new one."""
        with self._lock:
            self._end()

    def _hand_over(self) -> socket.socket:
        """Our end of a new pipe, whose other end the printing process has been given."""
        ours, theirs = socket.socketpair()
        with theirs, self._lock:
            for _attempt in range(2):
                try:
                    socket.send_fds(self._running(), [b"d"], [theirs.fileno()])
                    return ours
                except OSError:
                    self._end()
        ours.close()
        raise DocumentFailed("no printing process")

    def _running(self) -> socket.socket:
        if self._control is not None and self._owner == os.getpid():
            return self._control
        self._control = self._start()
        return self._control

    def _start(self) -> socket.socket:
        control, theirs = socket.socketpair()
        with theirs:
            child = subprocess.Popen(
                [sys.executable, "-I", str(PROGRAM), str(self._folder)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        control.settimeout(START_SECONDS)
        try:
            ready = control.recv(5)
        except TimeoutError:
            ready = b""
        self._child, self._owner = child, os.getpid()
        if ready != b"ready":
            control.close()
            self._end()
            raise DocumentFailed("the printing process did not start")
        return control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
        if self._child is not None and self._owner == os.getpid():
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)  # its documents as well
            self._child.wait()
        self._child = self._control = None


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    cache_folder = os.environ.get("XDG_CACHE_HOME") or str(settings.VAR / "cache")
    return {
        **passed,
        "LANG": "C.UTF-8",
        "FONTCONFIG_FILE": str(fonts.CONFIGURATION),
        "XDG_CACHE_HOME": cache_folder,
    }


def _answer(pipe: socket.socket) -> bytes:
    """The document; a child that a limit ended closes the pipe without a word."""
    with pipe.makefile("rb") as stream:
        verdict = stream.read(1)
        length = int.from_bytes(stream.read(8), "big")
        body = stream.read(length)
    if verdict == b"+" and len(body) == length:
        return body
    raise DocumentFailed(body.decode(errors="replace") if verdict == b"-" else "ended by a limit")


@cache
def worker_client(folder: Path) -> WorkerClient:
    """The printing worker of this process for the style sheets of one folder."""
    return WorkerClient(folder)
