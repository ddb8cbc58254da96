"""What an administrator enters of a channel, checked by its kind: what is kept, what is wrong."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core.limits import within
from followup.core.outgoing import transport
from pv.adapters import ssh_keys
from pv.adapters.as2.carrier import LATER
from pv.domain.e2b.channels import ChannelKind
from pv.models import Channel
from pv.queries import channels

HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}")
AS2_NAME = re.compile(r"[!#-\[\]-~]([ !#-\[\]-~]{0,126}[!#-\[\]-~])?")
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}(/[A-Za-z0-9][A-Za-z0-9_-]{0,39}){0,3}")
SERVER_FOLDER = re.compile(r"/?[\w@.~-][\w@. ~-]*(/[\w@.~-][\w@. ~-]*)*")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,79}")
GATEWAY_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")
_HERE = channels.HERE
_FOLDERS = ("outbox", "inbox")
Checked = tuple[dict[str, Any], dict[str, Any]]


def folders(settings: Mapping[str, Any]) -> Checked:
    """The folders of both ways, below the exchange folder."""
    message = _(
        "A folder below the exchange folder of this installation: letters, digits, - and "
        "_, for example nmpa/out."
    )
    return _both_folders(
        {key: str(settings.get(key, "")).strip() for key in _FOLDERS},
        lambda text: bool(FOLDER_NAME.fullmatch(text)),
        message,
    )


def _both_folders(texts: Mapping[str, str], fits: Callable[[str], bool], message: str) -> Checked:
    """What goes out needs a folder, what comes in may have none and never the same one."""
    kept: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    for key, text in texts.items():
        if not text and key == "inbox":
            continue
        if not fits(text):
            problems[key] = message
            continue
        kept[key] = text
    if kept.get("outbox") and kept.get("outbox") == kept.get("inbox"):
        problems["inbox"] = _("What comes in needs another folder than what goes out.")
    return kept, problems


def as2(settings: Mapping[str, Any]) -> Checked:
    """Names of both sides, the address, how the receipt comes, headers of a gateway."""
    kept: dict[str, Any] = {"receipt": str(settings.get("receipt", ""))}
    problems: dict[str, Any] = {}
    for key in ("as2_from", "as2_to"):
        kept[key] = str(settings.get(key, "")).strip()
        if not AS2_NAME.fullmatch(kept[key]):
            problems[key] = _("An AS2 name has 1 to 128 visible ASCII characters, no quotes.")
    kept["url"] = within(str(settings.get("url", "")), 500, "url")
    try:
        scheme, host, _port, _path = transport.address(kept["url"])
    except ValueError:
        problems["url"] = _("Enter the address the receiver gave, beginning with https://.")
    else:
        if scheme != "https" and host not in _HERE:
            problems["url"] = _("Only https:// leaves this machine.")
    if kept["receipt"] not in ("", LATER):
        problems["receipt"] = _("Choose when the receipt comes.")
    kept["headers"], wrong = _headers(str(settings.get("headers", "")))
    return kept, problems | wrong


def _headers(text: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Headers a gateway asks for, one per line."""
    kept = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = (each.strip() for each in line.partition(":"))
        if (
            not colon
            or not HEADER.fullmatch(name)
            or not value.isascii()
            or not value.isprintable()
        ):
            message = _("Not a header of the form X-Name: value: %(line)s") % {"line": line[:80]}
            return {}, {"headers": message}
        kept[name] = within(value, 200, "headers")
    return kept, {}


def taken(row: Channel) -> dict[str, Any]:
    """A folder belongs to one channel, and so do two AS2 names: each would take the other's.

    Two users of one server may have a home each, so a folder there is theirs.
    """
    problems: dict[str, Any] = {}
    for other in Channel.objects.exclude(id=row.id).filter(kind=row.kind):
        words = {"name": other.name}
        if row.kind == ChannelKind.AS2:
            same = all(row.settings[key] == other.settings[key] for key in ("as2_from", "as2_to"))
            if same and other.active:
                problems["as2_to"] = _("The channel %(name)s has these two names.") % words
            continue
        if row.kind == ChannelKind.FDA:
            continue
        if row.kind == ChannelKind.SFTP and _server(row) != _server(other):
            continue
        theirs = {other.settings.get(key) for key in _FOLDERS} - {None}
        for key in _FOLDERS:
            if row.settings.get(key) in theirs:
                problems[key] = _("The channel %(name)s uses this folder.") % words
    return problems


def _server(row: Channel) -> tuple[Any, ...]:
    return tuple(row.settings.get(key) for key in ("host", "port", "user"))


def sftp(settings: Mapping[str, Any]) -> Checked:
    """The server, who we are there, the keys it may show, and its folders."""
    problems: dict[str, Any] = {}
    kept: dict[str, Any] = {key: str(settings.get(key, "")).strip() for key in ("host", "user")}
    if not HOST.fullmatch(kept["host"]):
        problems["host"] = _("Enter the name or address of the server, without a scheme.")
    if not USER.fullmatch(kept["user"]):
        problems["user"] = _("Enter the name under which the server knows us.")
    try:
        kept["port"] = int(settings.get("port", ""))
    except (TypeError, ValueError):
        kept["port"] = 0
    if not 0 < kept["port"] < 65536:
        problems["port"] = _("A port is a number from 1 to 65535; SFTP usually has 22.")
    try:
        kept["host_keys"] = list(ssh_keys.host_keys(str(settings.get("host_keys", ""))))
    except ValueError as error:
        kept["host_keys"] = []
        message = _("Not the public key of a server: %(line)s") % {"line": error}
        problems["host_keys"] = message
    if not kept["host_keys"] and "host_keys" not in problems:
        problems["host_keys"] = _("Without the key of the server nobody knows whom we send to.")
    both, wrong = _both_folders(
        {key: str(settings.get(key, "")).strip().rstrip("/") for key in _FOLDERS},
        _is_server_folder,
        _("A folder of the server, for example /out or upload/e2b."),
    )
    return kept | both, problems | wrong


def _is_server_folder(text: str) -> bool:
    return bool(SERVER_FOLDER.fullmatch(text)) and ".." not in text.split("/") and len(text) <= 160


def fda(settings: Mapping[str, Any]) -> Checked:
    """The hosts of the gateway, our numbers there, and what is submitted to whom."""
    kept: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    hosts = channels.gateway_hosts(ChannelKind.FDA.value)
    for key in ("external_url", "upload_url"):
        text = within(str(settings.get(key, "")), 500, key)
        try:
            scheme, host, _port, path = transport.address(text)
        except ValueError:
            problems[key] = _("Enter the address the receiver gave, beginning with https://.")
            continue
        if host not in hosts or path != "/" or (scheme != "https" and host not in _HERE):
            problems[key] = _("Only the gateway's own hosts are spoken to: %(hosts)s.") % {
                "hosts": ", ".join(sorted(hosts.difference(_HERE)))
            }
        kept[key] = text.rstrip("/")
    for key in ("user_id", "company_id"):
        text = str(settings.get(key, "")).strip()
        if not (text.isascii() and text.isdecimal() and 0 < len(text) < 13):
            problems[key] = _("A number, as the portal of the gateway shows it.")
            continue
        kept[key] = int(text)
    for key in ("center", "submission_type"):
        kept[key] = str(settings.get(key, "")).strip()
        if not GATEWAY_CODE.fullmatch(kept[key]):
            problems[key] = _("A code of the gateway, for example CBER or AERS.")
    return kept, problems


SETTINGS: Mapping[ChannelKind, Callable[[Mapping[str, Any]], Checked]] = {
    ChannelKind.FOLDER: folders,
    ChannelKind.AS2: as2,
    ChannelKind.SFTP: sftp,
    ChannelKind.FDA: fda,
}
