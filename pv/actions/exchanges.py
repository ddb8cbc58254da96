"""One round of all channels: what is due goes out, what rests in an inbox comes in."""

from pathlib import Path

from django.core.cache import cache

from followup.core import clock as time
from followup.core.actor import Actor
from followup.core.problems import Refused
from pv.actions import acknowledgements, channel_messages, sendings
from pv.adapters import folders
from pv.models import Channel
from pv.queries import channels

_REMEMBERED = 24 * 3600  # seconds; a look that is forgotten costs one more rest


def sweep(actor: Actor) -> dict[str, int]:
    """Send what is due, take what rests; counts by what happened. Two sweeps at once do no harm."""
    counts = sendings.send_due(actor) | channel_messages.send_receipts(actor)
    if worked := acknowledgements.work_left(actor, today=time.today()):
        counts["worked"] = worked
    for channel in channels.inboxes():
        for state in take(actor, channel):
            counts[state] = counts.get(state, 0) + 1
    return counts


def take(actor: Actor, channel: Channel) -> list[str]:
    """Take the files of an inbox that have rested; what became of each."""
    key = f"exchange-look-{channel.id}"
    moment = time.now().timestamp()
    try:
        folder = channels.route(channel).folder("inbox")
        seen = folders.resting(cache.get(key) or {}, folders.look(folder), moment)
    except (OSError, ValueError):
        return ["inbox cannot be read"]
    cache.set(key, seen, _REMEMBERED)
    states = []
    for name in folders.rested(seen, moment, channels.rest_seconds(channel)):
        try:
            states.append(take_file(actor, folder, name))
        except (OSError, Refused):
            states.append("file stays in the inbox")
    return states


def take_file(actor: Actor, folder: Path, name: str) -> str:
    """Store and apply one file, then move it to done/; what became of it.

    OSError or Refused when it stays where it is. A cut in between takes it again: the same bytes
    are kept once.
    """
    data = folders.content(folder, name, acknowledgements.MOST_BYTES)
    shown = name.encode(errors="surrogateescape").decode("utf-8", errors="replace")
    received = acknowledgements.receive(actor, data, file_name=shown, door="folder")
    folders.move_to_done(folder, name)
    again = " (was here before)" if received.repeated else ""
    return f"{received.acknowledgement.state}{again}"
