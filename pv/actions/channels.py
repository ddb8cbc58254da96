"""Channels: entered, changed, closed and tested by an administrator."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core import versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions import channel_settings
from pv.actions.channel_settings import SETTINGS
from pv.adapters import carriers
from pv.domain.agreements import CODE
from pv.domain.e2b.channels import ChannelKind, Environment, fits
from pv.models import Channel, ChannelTest
from pv.queries import agreements, rules
from pv.queries import channels as queries


@action("channel.add", needs=Perm.EXCHANGE_WRITE)
def add(
    actor: Actor,
    *,
    name: str,
    kind: str,
    environment: str,
    profile: str,
    settings: Mapping[str, Any],
    partner: str = "",
) -> Channel:
    """Enter a channel; Refused with the problem at its field.

    `partner` is the short code of the partner it leads to: its files travel by no other channel.
    """
    row = Channel(kind=kind, environment=environment, profile=profile, partner=partner.strip())
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
    partner: str = "",
) -> Channel:
    """Another name, other settings, open or closed. Where it leads to stays: enter another one.

    A channel that names no partner yet may be given one.
    """
    row = Channel.objects.select_for_update().get(id=channel.id)
    versions.must_be(row, version, mine={"name": name})
    row.partner = row.partner or partner.strip()
    _write(row, name, settings)
    row.active = active
    row.version += 1
    row.save()
    return row


def _write(row: Channel, name: str, settings: Mapping[str, Any]) -> None:
    """Check everything and put it on the row, not yet saved."""
    problems: dict[str, Any] = {}
    row.name = within(name, 80, "name")
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
    if row.partner and not CODE.fullmatch(row.partner):
        problems["partner"] = _("Up to twelve capitals and digits, without spaces.")
    elif row.partner and row.profile not in agreements.receivers():
        problems["partner"] = _("Choose a receiver that is no authority.")
    if row.kind in SETTINGS:
        row.settings, wrong = SETTINGS[ChannelKind(row.kind)](settings)
        problems |= wrong
    taken = channel_settings.taken(row)
    problems |= {key: taken[key] for key in taken if key not in problems}
    if problems:
        raise Refused(problems)


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
