"""Channels: entered, changed, closed and tested by an administrator."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.adapters import carriers
from pv.adapters.as2 import carrier as as2
from pv.adapters.as2 import transport
from pv.domain.e2b.channels import ChannelKind, Environment, fits
from pv.models import Channel, ChannelTest
from pv.queries import channels as queries
from pv.queries import rules

HEADER = re.compile(r"X-[A-Za-z0-9-]{1,60}")
AS2_NAME = re.compile(r"[!#-\[\]-~]([ !#-\[\]-~]{0,126}[!#-\[\]-~])?")
_HERE = ("localhost", "127.0.0.1", "::1")
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}(/[A-Za-z0-9][A-Za-z0-9_-]{0,39}){0,3}")


@action("channel.add", needs=Perm.EXCHANGE_WRITE)
def add(
    actor: Actor,
    *,
    name: str,
    kind: str,
    environment: str,
    profile: str,
    settings: Mapping[str, Any],
) -> Channel:
    """Enter a channel; Refused with the problem at its field."""
    row = Channel(kind=kind, environment=environment, profile=profile)
    _write(row, name, settings)
    row.save(force_insert=True)
    return row


@action("channel.change", needs=Perm.EXCHANGE_WRITE)
def change(
    actor: Actor,
    channel: Channel,
    *,
    name: str,
    settings: Mapping[str, Any],
    active: bool,
    version: int,
) -> Channel:
    """Another name, other settings, open or closed. Where it leads to stays: enter another one."""
    row = Channel.objects.select_for_update().get(id=channel.id)
    versions.must_be(row, version, mine={"name": name})
    _write(row, name, settings)
    row.active = active
    row.version += 1
    row.save()
    return row


def _write(row: Channel, name: str, settings: Mapping[str, Any]) -> None:
    """Check everything and put it on the row, not yet saved."""
    problems: dict[str, Any] = {}
    row.name = name.strip()[:80]
    if not row.name:
        problems["name"] = _("Enter a name.")
    elif Channel.objects.filter(name=row.name).exclude(id=row.id).exists():
        problems["name"] = _("Another channel has this name.")
    if row.kind not in {each.value for each in ChannelKind}:
        problems["kind"] = _("This kind of channel is not known here.")
    receiver = rules.data("receivers")["receivers"].get(row.profile)
    if row.environment not in {each.value for each in Environment}:
        problems["environment"] = _("Say whether it leads to the test or the production system.")
    elif receiver is None:
        problems["profile"] = _("Choose the receiver.")
    elif not fits(Environment(row.environment), receiver):
        problems["environment"] = _(
            "The identifiers of this receiver are those of its other environment: a report must "
            "never travel between test and production."
        )
    row.settings, wrong = (_as2 if row.kind == ChannelKind.AS2 else _folders)(settings)
    problems |= wrong
    taken = _taken(row)
    problems |= {key: taken[key] for key in taken if key not in problems}
    if problems:
        raise Refused(problems)


def _folders(settings: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    kept, problems = {}, {}
    for key in ("outbox", "inbox"):
        text = str(settings.get(key, "")).strip()
        if not text and key == "inbox":
            continue
        if not FOLDER_NAME.fullmatch(text):
            problems[key] = _(
                "A folder below the exchange folder of this installation: letters, digits, - and "
                "_, for example nmpa/out."
            )
            continue
        kept[key] = text
    if kept.get("outbox") and kept.get("outbox") == kept.get("inbox"):
        problems["inbox"] = _("What comes in needs another folder than what goes out.")
    return kept, problems


def _as2(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Names of both sides, the address, how the receipt comes, headers of a gateway."""
    kept: dict[str, Any] = {"receipt": str(settings.get("receipt", ""))}
    problems: dict[str, Any] = {}
    for key in ("as2_from", "as2_to"):
        kept[key] = str(settings.get(key, "")).strip()
        if not AS2_NAME.fullmatch(kept[key]):
            problems[key] = _("An AS2 name has 1 to 128 visible ASCII characters, no quotes.")
    kept["url"] = str(settings.get("url", "")).strip()[:500]
    try:
        scheme, host, _port, _path = transport.address(kept["url"])
    except ValueError:
        problems["url"] = _("Enter the address the receiver gave, beginning with https://.")
    else:
        if scheme != "https" and host not in _HERE:
            problems["url"] = _("Only https:// leaves this machine.")
    if kept["receipt"] not in ("", as2.LATER):
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
        kept[name] = value[:200]
    return kept, {}


def _taken(row: Channel) -> dict[str, Any]:
    """A folder belongs to one channel, and so do two AS2 names: each would take the other's."""
    problems: dict[str, Any] = {}
    for other in Channel.objects.exclude(id=row.id).filter(kind=row.kind):
        words = {"name": other.name}
        if row.kind == ChannelKind.AS2:
            same = all(row.settings[key] == other.settings[key] for key in ("as2_from", "as2_to"))
            if same and other.active:
                problems["as2_to"] = _("The channel %(name)s has these two names.") % words
            continue
        for key, folder in row.settings.items():
            if folder in other.settings.values():
                problems[key] = _("The channel %(name)s uses this folder.") % words
    return problems


def test(actor: Actor, channel: Channel) -> ChannelTest:
    """Try a channel without sending anything of a patient, and keep what came of it."""
    actor.require(Perm.EXCHANGE_WRITE)
    route = queries.route(channel)
    try:
        carriers.test(route)
    except (OSError, ValueError) as error:
        text = carriers.problem(error, route.root)[:500]
        return note_test(actor, channel, passed=False, text=text)
    return note_test(actor, channel, passed=True, text="")


@action("channel.note_test", needs=Perm.EXCHANGE_WRITE)
def note_test(actor: Actor, channel: Channel, *, passed: bool, text: str) -> ChannelTest:
    """Keep the result of a test."""
    return ChannelTest.objects.create(
        channel=channel,
        passed=passed,
        text=text,
        tested_at=time.now(),
        tested_by_id=actor.id,
    )
