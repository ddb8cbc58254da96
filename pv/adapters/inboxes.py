"""The inbox of a channel: looked into, read, and moved to done/, whichever way it is reached."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pv.adapters import folders, sftp
from pv.adapters.carriers import Route
from pv.adapters.folders import Seen
from pv.domain.e2b.channels import ChannelKind


class Inbox(Protocol):
    """A folder of what comes in; OSError when it or a file of it cannot be reached."""

    def look(self) -> Mapping[str, Seen]:
        """The files that are not being written."""

    def content(self, name: str, most: int) -> bytes:
        """At most one byte more than `most` of a file."""

    def move_to_done(self, name: str) -> None:
        """Move a file that is kept, with its twins."""


@dataclass(frozen=True, slots=True)
class FolderInbox:
    """An inbox below the exchange folder."""

    folder: Path

    def look(self) -> Mapping[str, Seen]:
        return folders.look(self.folder)

    def content(self, name: str, most: int) -> bytes:
        return folders.content(self.folder, name, most)

    def move_to_done(self, name: str) -> None:
        folders.move_to_done(self.folder, name)


@dataclass(frozen=True, slots=True)
class ServerInbox:
    """An inbox on a server."""

    session: sftp.Session
    folder: str

    def look(self) -> Mapping[str, Seen]:
        return self.session.look(self.folder)

    def content(self, name: str, most: int) -> bytes:
        return self.session.read(sftp.path_of(self.folder, name), most + 1)

    def move_to_done(self, name: str) -> None:
        sftp.move_to_done(self.session, self.folder, name)


@contextmanager
def opened(route: Route) -> Iterator[Inbox]:
    """The inbox of a channel while it is looked into; OSError or ValueError when out of reach."""
    if route.kind is not ChannelKind.SFTP:
        yield FolderInbox(route.folder("inbox"))
        return
    with sftp.Session(route.server()) as session:
        yield ServerInbox(session, route.settings["inbox"])
