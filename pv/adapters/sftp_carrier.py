"""Sending one file by SFTP: bytes out, an ending back."""

from collections.abc import Callable, Mapping
from typing import Any

from pv.adapters import folders, sftp
from pv.domain.e2b.sendings import Ending, Result

PASSWORD = "password"


def address(settings: Mapping[str, Any], kind: str, secret: str, seconds: float) -> sftp.Address:
    """The server of a channel and our credential for it."""
    return sftp.Address(
        host=settings["host"],
        port=settings["port"],
        user=settings["user"],
        host_keys=tuple(settings["host_keys"]),
        seconds=seconds,
        password=secret if kind == PASSWORD else "",
        private_key="" if kind == PASSWORD else secret,
    )


def send(
    where: sftp.Address, folder: str, name: str, data: bytes, may_finish: Callable[[], bool]
) -> Ending | None:
    """One try; a cut while the name was given is looked at once more before it is in doubt."""
    marked = False

    def mark() -> bool:
        nonlocal marked
        marked = may_finish()
        return marked

    try:
        with sftp.Session(where) as session:
            placed = sftp.place(session, folder, name, data, mark)
    except folders.NameTaken as error:
        return Ending(Result.REFUSED, str(error))
    except sftp.CutOff as error:
        if marked:
            return look_again(where, folder, name, data)
        return Ending(Result.NOTHING_SENT, str(error))
    except (OSError, ValueError) as error:
        return Ending(Result.NOTHING_SENT, folders.said(error))
    return Ending(Result.PLACED) if placed else None


def look_again(where: sftp.Address, folder: str, name: str, data: bytes) -> Ending:
    """What became of a file whose name may have been given."""
    try:
        with sftp.Session(where) as session:
            if session.lies(sftp.path_of(folder, name), data):
                return Ending(Result.PLACED)
            if session.size(sftp.path_of(folder, name + folders.UNFINISHED[0])) is not None:
                return Ending(Result.NOTHING_SENT, "the part is there, it never got its name")
    except (OSError, ValueError) as error:
        return Ending(Result.DOUBT, folders.said(error))
    return Ending(Result.DOUBT, "the file is not in the folder: it was taken, or never placed")


def test(where: sftp.Address, outbox: str, inbox: str) -> None:
    """Sign in, lay a file without content into the outbox and remove it, look into the inbox."""
    with sftp.Session(where) as session:
        sftp.probe(session, outbox)
        if inbox:
            session.look(inbox)
