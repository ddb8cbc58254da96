"""One round of all channels: what is due goes out, what rests in an inbox comes in."""

from collections import Counter
from collections.abc import Iterator

from django.core.cache import cache

from followup.core import clock as time
from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import (
    acknowledgements,
    channel_message_contents,
    channel_receipts,
    gateway_answers,
    sendings,
)
from pv.adapters import folders, inboxes
from pv.adapters.inboxes import Inbox
from pv.adapters.sftp import CutOff
from pv.models import Channel
from pv.queries import channels

_STAYS = "file stays in the inbox"
_REMEMBERED = 24 * 3600  # seconds; a look that is forgotten costs one more rest


def sweep(actor: Actor) -> dict[str, int]:
    """Send what is due, take what rests; counts by what happened. Two sweeps at once do no harm."""
    counts = Counter(sendings.send_due(actor))
    for step in (sendings.give_up_closed, channel_receipts.send_receipts, gateway_answers.ask):
        counts.update(step(actor))
    if worked := acknowledgements.work_left(actor, today=time.today()):
        counts["worked"] = worked
    if removed := channel_message_contents.remove_old(actor):
        counts["refused messages removed"] = removed
    for channel in channels.inboxes():
        counts.update(take(actor, channel))
    return dict(counts)


def take(actor: Actor, channel: Channel) -> list[str]:
    """Take the files of an inbox that have rested; what became of each."""
    states: list[str] = []
    try:
        with inboxes.opened(channels.route(channel)) as inbox:
            for state in _take_rested(actor, channel, inbox):
                states.append(state)
    except (OSError, ValueError):
        states.append("inbox cannot be read")
    return states


def _take_rested(actor: Actor, channel: Channel, inbox: Inbox) -> Iterator[str]:
    for name in _rested(channel, inbox):
        try:
            yield take_file(actor, inbox, name, door=channel.kind)
        except CutOff:
            yield _STAYS
            return  # each further file would wait as long for nothing
        except (OSError, Refused):
            yield _STAYS


def _rested(channel: Channel, inbox: Inbox) -> list[str]:
    """The names that have looked the same long enough, remembered from one look to the next."""
    key = f"exchange-look-{channel.id}"
    moment = time.now().timestamp()
    seen = folders.resting(cache.get(key) or {}, inbox.look(), moment)
    cache.set(key, seen, _REMEMBERED)
    return folders.rested(seen, moment, channels.rest_seconds(channel))


def take_file(actor: Actor, inbox: Inbox, name: str, *, door: str) -> str:
    """Store and apply one file, then move it to done/; what became of it.

    OSError or Refused when it stays where it is. A cut in between takes it again: the same bytes
    are kept once.
    """
    data = inbox.content(name, acknowledgements.MOST_BYTES)
    shown = folders.shown_name(name)
    received = acknowledgements.receive(actor, data, file_name=shown, door=door)
    inbox.move_to_done(name)
    again = " (was here before)" if received.repeated else ""
    return f"{received.acknowledgement.state}{again}"
