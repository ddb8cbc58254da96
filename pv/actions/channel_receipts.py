"""Receipts that partners want later: sent by us, until they are there or it was tried enough."""

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.outgoing import transport
from followup.core.permissions import Perm
from pv.models import ChannelMessage
from pv.queries import channel_certificates as queries
from pv.queries import channels

MOST_TRIES = 5  # then a repetition of the message gets the receipt as its answer


def send_receipts(actor: Actor) -> dict[str, int]:
    """Send the receipts partners want later; how many went out and how many did not."""
    counts: dict[str, int] = {}
    for row in queries.receipts_due(MOST_TRIES):
        seconds = channels.route(row.channel).answer_seconds
        try:
            answer = transport.post(
                row.receipt_to,
                row.receipt_headers,
                bytes(row.receipt),
                lambda: True,  # a receipt twice does no harm
                seconds=seconds,
            )
        except (transport.NothingSent, transport.NoAnswer, ValueError):
            answer = None
        sent = answer is not None and 200 <= answer.status < 300
        name = "receipt sent" if sent else "receipt stays"
        note_sent(actor, row=row, sent=sent)
        counts[name] = counts.get(name, 0) + 1
    return counts


@action("channel_message.note_sent", needs=Perm.SYSTEM)
def note_sent(actor: Actor, *, row: ChannelMessage, sent: bool) -> None:
    """Put on record that a receipt was sent, or that an attempt failed."""
    row = ChannelMessage.objects.select_for_update().get(id=row.id)
    row.receipt_tries += 1
    row.receipt_sent_at = time.now() if sent else None
    row.save(update_fields=["receipt_tries", "receipt_sent_at"])
