"""Sending one file by a kind of channel: bytes out, an ending back; no table is read or written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from followup.core.outgoing import transport
from pv.adapters import esg, folders, sftp, sftp_carrier
from pv.adapters.as2 import carrier as as2
from pv.adapters.as2.messages import Partners
from pv.domain.e2b.channels import ChannelKind
from pv.domain.e2b.sendings import Ending, Result


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file on its way: the same identifier at every try."""

    name: str
    content: bytes
    message_id: str
    reference: str = ""


class MayFinish(Protocol):
    """Asked before the step after which a file may have arrived; told what the gateway calls it."""

    def __call__(self, reference: str = "") -> bool:
        """False when another worker has taken over."""


@dataclass(frozen=True, slots=True)
class Credential:
    """How we sign in at the other side: the kind of the secret, its public part, the secret."""

    kind: str
    secret: str = field(repr=False)
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a channel leads: its kind and settings, and the folder all folders lie below.

    `production` says which of the receiver's systems, `hosts` which it may speak to. `partners` are
    the keys of both sides and `credential` is how we sign in, where the kind needs them;
    `inbound_url` is where answers that come later are taken; `answer_seconds` bounds a wait.
    """

    kind: ChannelKind
    settings: Mapping[str, Any]
    root: Path
    partners: Partners | None = None
    inbound_url: str = ""
    answer_seconds: float = 120
    credential: Credential | None = None
    production: bool = False
    hosts: frozenset[str] = frozenset()

    def account(self) -> esg.Account:
        """Who we are at FDA's gateway; ValueError without a credential or for another host."""
        if self.credential is None:
            raise ValueError("the channel lacks its client ID")
        if not esg.hosts_of(self.settings) <= self.hosts:
            raise ValueError("the address is not one of the gateway's")
        return esg.Account(
            external_url=self.settings["external_url"],
            upload_url=self.settings["upload_url"],
            production=self.production,
            user_id=self.settings["user_id"],
            company_id=self.settings["company_id"],
            center=self.settings["center"],
            submission_type=self.settings["submission_type"],
            client_id=self.credential.shown,
            client_secret=self.credential.secret,
            seconds=self.answer_seconds,
        )

    def server(self) -> sftp.Address:
        """The server of a channel by SFTP; ValueError while our credential lacks."""
        if self.credential is None:
            raise ValueError("the channel lacks a key or password")
        return sftp_carrier.address(
            self.settings, self.credential.kind, self.credential.secret, self.answer_seconds
        )

    def folder(self, name: str) -> Path:
        """A folder of the settings; ValueError when it would lie elsewhere."""
        text = str(self.settings.get(name, ""))
        path = (self.root / text).resolve()
        if not text or self.root.resolve() not in path.parents:
            raise ValueError(f"the channel names no folder: {name}")
        return path


def send(route: Route, parcel: Parcel, may_finish: MayFinish) -> Ending | None:
    """One try; None when `may_finish` says that another worker has taken over.

    `may_finish` is asked before the step after which the file may have arrived.
    """
    if route.partners is not None:
        return as2.send(
            route.settings,
            route.partners,
            name=parcel.name,
            content=parcel.content,
            message_id=parcel.message_id,
            inbound_url=route.inbound_url,
            seconds=route.answer_seconds,
            may_finish=may_finish,
        )
    if route.kind is ChannelKind.SFTP:
        return _by_sftp(route, parcel, may_finish)
    if route.kind is ChannelKind.FDA:
        try:
            account = route.account()
        except ValueError as error:
            return Ending(Result.NOTHING_SENT, str(error))
        return esg.send(account, parcel.name, parcel.content, may_finish)
    try:
        placed = folders.place(route.folder("outbox"), parcel.name, parcel.content, may_finish)
    except folders.NameTaken as error:
        return Ending(Result.REFUSED, str(error))
    except (OSError, ValueError) as error:
        return Ending(Result.NOTHING_SENT, problem(error, route.root))
    return Ending(Result.PLACED) if placed else None


def _by_sftp(route: Route, parcel: Parcel, may_finish: Callable[[], bool]) -> Ending | None:
    try:
        where = route.server()
    except ValueError as error:
        return Ending(Result.NOTHING_SENT, str(error))
    folder = route.settings["outbox"]
    return sftp_carrier.send(where, folder, parcel.name, parcel.content, may_finish)


def look_again(route: Route, parcel: Parcel) -> Ending:
    """What became of an attempt whose worker was lost after the last step began."""
    if route.partners is not None:
        return Ending(Result.DOUBT, "the worker was lost while it waited for the receipt")
    if route.kind is ChannelKind.FDA:
        text = f"the worker was lost while it submitted: {parcel.reference}"
        return Ending(Result.DOUBT, text, {"core_id": parcel.reference})
    try:
        if route.kind is ChannelKind.SFTP:
            folder_there = route.settings["outbox"]
            return sftp_carrier.look_again(
                route.server(), folder_there, parcel.name, parcel.content
            )
        folder = route.folder("outbox")
        if folders.lies(folder, parcel.name, parcel.content):
            return Ending(Result.PLACED)
        if folders.unfinished(folder, parcel.name):
            return Ending(Result.NOTHING_SENT, "the part is there, it never got its name")
    except (OSError, ValueError) as error:
        return Ending(Result.DOUBT, problem(error, route.root))
    return Ending(Result.DOUBT, "the file is not in the folder: it was taken, or never placed")


def test(route: Route) -> None:
    """Try the way without sending anything of a patient; OSError or ValueError says what fails."""
    if route.partners is not None:
        if route.partners.signing is None or route.partners.receiving is None:
            raise ValueError("the channel lacks a valid certificate")
        return transport.reach(route.settings["url"], seconds=route.answer_seconds)
    if route.kind is ChannelKind.SFTP:
        settings = route.settings
        return sftp_carrier.test(route.server(), settings["outbox"], settings.get("inbox", ""))
    if route.kind is ChannelKind.FDA:
        return esg.test(route.account())
    folders.probe(route.folder("outbox"))
    if route.settings.get("inbox"):
        folders.look(route.folder("inbox"))
    return None


def problem(error: Exception, root: Path) -> str:
    """What failed and where below the exchange folder; no path of the machine above it."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    if not error.filename:
        return error.strerror
    place = Path(error.filename)
    place = place.parent if place.name.startswith(".") else place  # a file of ours: its folder
    below = place.relative_to(root.resolve()) if root.resolve() in place.parents else place.name
    return f"{error.strerror}: {below}"
