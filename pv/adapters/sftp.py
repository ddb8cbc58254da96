"""Folders of a gateway by SFTP: names are bytes, the host key is given, each wait is bounded.

A file is written under a part name, kept by the disk, measured, and only then given its name; a
name that is taken is never written over. A cut leaves the part; the next sending goes on from it.

Source: draft-ietf-secsh-filexfer-02 (version 3, as OpenSSH speaks it); RFC 4253 for host keys.
"""

import asyncio
import stat
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from followup.core.outgoing import hosts
from followup.lazy_modules import lazy
from pv.adapters.folders import DONE, TWINS, UNFINISHED, NameTaken, Seen

if TYPE_CHECKING:
    import asyncssh
else:
    asyncssh = lazy("asyncssh")

_Result = TypeVar("_Result")
_CHUNK = 262_144  # bytes of one write or read; each is waited for on its own
_MOST_NAMES = 5_000  # of one look; the next looks see the rest
_MOST_TWINS = 1_000  # names tried in done/ before it is given up
WRONG_HOST_KEY = "the server shows another host key than the one entered"
NOT_LET_IN = "the server refuses our key or password"


class CutOff(OSError):
    """The connection ended after a step began: nobody knows whether it was taken."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, who we are there, and the keys it may show; never without one."""

    host: str
    port: int
    user: str
    host_keys: tuple[str, ...]
    seconds: float
    password: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)


class Session:
    """One connection; its steps are run one after the other, so that tables are read between."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._runner = asyncio.Runner()
        # A caller may have an event loop of its own, where no second one may run.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sftp")

    def __enter__(self) -> Self:
        try:
            keys = [asyncssh.import_public_key(key) for key in self._address.host_keys]
            if not keys:
                raise OSError(WRONG_HOST_KEY)
            hosts.require(self._address.host)
            own = self._address.private_key
            self._connection = self._run(
                asyncssh.connect(
                    self._address.host,
                    self._address.port,
                    username=self._address.user,
                    known_hosts=(keys, [], []),
                    client_keys=[asyncssh.import_private_key(own)] if own else None,
                    password=self._address.password or None,
                    config=None,
                    agent_path=None,
                    gss_host=None,
                    connect_timeout=self._address.seconds,
                    login_timeout=self._address.seconds,
                )
            )
            self._client = self._run(self._connection.start_sftp_client())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.submit(self._connection.abort).result()
        self._close()

    def _close(self) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def _run(self, step: Awaitable[_Result]) -> _Result:
        bounded = _bounded(step, self._address.seconds)
        with _told():
            return self._thread.submit(self._runner.run, bounded).result()

    def look(self, folder: str) -> dict[str, Seen]:
        """The files of a folder that are not being written; a name keeps its bytes."""
        return self._run(self._look(folder.encode()))

    async def _look(self, folder: bytes) -> dict[str, Seen]:
        seen: dict[str, Seen] = {}
        async for entry in self._client.scandir(folder):
            raw = cast(bytes, entry.filename)
            name, found = raw.decode(errors="surrogateescape"), entry.attrs
            hidden = name.startswith(".") or name.endswith(UNFINISHED)
            if not name or hidden or b"/" in raw or not stat.S_ISREG(found.permissions or 0):
                continue
            seen[name] = Seen(found.size or 0, int(found.mtime or 0) * 1_000_000_000)
            if len(seen) >= _MOST_NAMES:
                break
        return seen

    def size(self, path: bytes) -> int | None:
        """The size of a file in bytes, None where there is none."""
        try:
            return self._run(self._client.lstat(path)).size or 0
        except FileNotFoundError:
            return None

    def read(self, path: bytes, most: int) -> bytes:
        """At most this many bytes of a file."""
        file = self._run(self._client.open(path, "rb"))
        data = b""
        try:
            while len(data) < most:
                piece = self._run(file.read(min(_CHUNK, most - len(data)), len(data)))
                if not piece:
                    break
                data += cast(bytes, piece)
        finally:
            self._run(file.close())
        return data

    def write(self, path: bytes, data: bytes) -> None:
        """Write a file whole, going on behind what lies there of it, and have the disk keep it."""
        there = self.size(path)
        begin = there if there and there <= len(data) else 0
        if begin and self.read(path, begin) != data[:begin]:
            begin = 0
        file = self._run(self._client.open(path, "r+b" if begin else "wb"))
        try:
            for offset in range(begin, len(data), _CHUNK):
                self._run(file.write(data[offset : offset + _CHUNK], offset))
            self._run(_kept(file))
        finally:
            self._run(file.close())

    def lies(self, path: bytes, data: bytes) -> bool:
        """Whether exactly these bytes lie there; NameTaken for others."""
        there = self.size(path)
        if there is None:
            return False
        if there != len(data) or self.read(path, there) != data:
            name = path.rpartition(b"/")[2].decode(errors="replace")
            raise NameTaken(f"another file lies in the folder under its name: {name}")
        return True

    def rename(self, source: bytes, target: bytes) -> None:
        """Give a file a name that is free; FileExistsError when it is not, CutOff in doubt."""
        try:
            self._run(self._client.rename(source, target))
        except CutOff:
            raise
        except OSError as error:
            if self.size(target) is not None:
                raise FileExistsError(str(error)) from error
            raise

    def remove(self, path: bytes) -> None:
        """Remove a file; one that is not there is no failure."""
        if self.size(path) is not None:
            self._run(self._client.remove(path))

    def make_folder(self, path: bytes) -> None:
        """Make a folder unless it is there."""
        if self.size(path) is None:
            self._run(self._client.mkdir(path))


async def _bounded(step: Awaitable[_Result], seconds: float) -> _Result:
    return await asyncio.wait_for(step, seconds)


async def _kept(file: Any) -> None:
    """Have the server write a file to its disk, where it knows how."""
    try:
        await file.fsync()
    except asyncssh.SFTPOpUnsupported:
        return


@contextmanager
def _told() -> Iterator[None]:
    """Failures of the library as the system's own, in words that hold nothing of ours."""
    try:
        yield
    except asyncssh.HostKeyNotVerifiable:
        raise OSError(WRONG_HOST_KEY) from None
    except asyncssh.PermissionDenied:
        raise OSError(NOT_LET_IN) from None
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
        raise FileNotFoundError("No such file or directory on the server") from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.DisconnectError) as e:
        raise CutOff("the connection ended") from e
    except TimeoutError as error:
        raise CutOff("no answer in time") from error
    except ConnectionRefusedError:
        raise OSError("Connection refused") from None
    except ConnectionError as error:
        raise CutOff("the connection ended") from error
    except (asyncssh.Error, UnicodeError) as error:
        raise OSError(_words(error)) from error


def _words(error: Exception) -> str:
    text = "".join(c if c.isprintable() else " " for c in str(error)).strip()
    return text[:300] or type(error).__name__


def path_of(folder: str, name: str) -> bytes:
    """The path of a file in a folder of the server."""
    return f"{folder.rstrip('/')}/{name}".encode(errors="surrogateescape")


def place(
    session: Session, folder: str, name: str, data: bytes, may_finish: Callable[[], bool]
) -> bool:
    """Write a file under a part name, then give it its name; False when `may_finish` forbids it.

    OSError when nothing was placed, NameTaken when other bytes have the name, CutOff when the
    connection ended while the name was given.
    """
    target, part = path_of(folder, name), path_of(folder, name + UNFINISHED[0])
    if session.lies(target, data):
        session.remove(part)
        return True
    session.write(part, data)
    if session.size(part) != len(data):
        raise OSError("the folder kept less than was written")
    if not may_finish():
        return False
    try:
        session.rename(part, target)
    except FileExistsError:
        return session.lies(target, data)
    return True


def move_to_done(session: Session, folder: str, name: str) -> None:
    """Move a file and its twins to done/ under names that are free."""
    session.make_folder(path_of(folder, DONE))
    _to_done(session, folder, name)
    for end in TWINS:
        if session.size(path_of(folder, name + end)) is not None:
            _to_done(session, folder, name + end)


def _to_done(session: Session, folder: str, name: str) -> None:
    for number in range(_MOST_TWINS):
        kept = f"{number}-{name}"[-200:] if number else name
        try:
            return session.rename(path_of(folder, name), path_of(folder, f"{DONE}/{kept}"))
        except FileExistsError:
            continue
    raise OSError("the folder done/ has no free name left")


def probe(session: Session, folder: str) -> None:
    """Write, rename and remove a file without content of any patient; OSError when one fails."""
    part, name = path_of(folder, ".everwatch-test.part"), path_of(folder, ".everwatch-test")
    session.remove(name)
    session.write(part, b"Everwatch: test of this folder\n")
    session.rename(part, name)
    session.remove(name)
