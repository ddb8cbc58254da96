"""Answers a gateway keeps until it is asked: each is taken once, in whatever order they come.

An acknowledgement of E2B is kept and worked like one from a folder; any other word of the gateway
is written down beside the sending. Only an acknowledgement meets a clock.
"""

import base64
from datetime import timedelta
from itertools import islice

from django.core.cache import cache

from followup.core import clock as time
from followup.core.actor import Actor
from followup.core.outgoing.transport import NoAnswer, NothingSent
from followup.core.problems import Refused
from pv.actions import acknowledgements, channel_message_contents, sendings
from pv.adapters import esg, esg_answers
from pv.domain.e2b.channels import asking_interval
from pv.domain.e2b.sendings import Ending, Result
from pv.models import Channel, InboundFile, Transmission
from pv.queries import channels as queries

_MOST_KEPT = 20_000  # characters of a text acknowledgement that stay with the event
_DOOR = InboundFile.Door.FDA
_MOST_ASKED = 200  # submissions of a channel in one round; the next round asks about the rest
_SILENT = (NothingSent, NoAnswer)
_NOT_TOLD = (esg.NotNow, esg.Refused, ValueError)


def ask(actor: Actor) -> dict[str, int]:
    """Ask about every submission whose turn it is; counts by what came of it."""
    counts: dict[str, int] = {}
    for channel, rows in queries.awaiting_answers().items():
        due = list(islice(filter(_is_due, rows), _MOST_ASKED))
        for state in _ask_about(actor, channel, due) if due else ():
            counts[state] = counts.get(state, 0) + 1
    return counts


def _is_due(row: Transmission) -> bool:
    """Whether it is asked about now: often at first, seldom later; never twice at once."""
    age = time.now() - row.queued_at
    rules = queries.rules_of_kind(row.channel.kind)
    wait = asking_interval(rules, int(age / timedelta(minutes=1)))
    return cache.add(f"exchange-asked-{row.id}", True, wait * 60)


def _ask_about(actor: Actor, channel: Channel, rows: list[Transmission]) -> list[str]:
    states = []
    try:
        account = queries.route(channel).account()
    except ValueError:
        return ["gateway not asked"]
    session = esg.Session(account)
    for row in rows:
        try:
            states += _answers(actor, session, account, row)
        except esg.Unusable as answer:
            channel_message_contents.keep_answer(
                actor, channel=channel, number=row.reference, body=answer.body
            )
            states.append("gateway gave no answer")
        except _SILENT:
            states.append("gateway gave no answer")
            break  # each further question would wait as long for nothing
        except _NOT_TOLD:
            states.append("gateway gave no answer")
    return states


def _answers(
    actor: Actor, session: esg.Session, account: esg.Account, row: Transmission
) -> list[str]:
    states = []
    told = esg_answers.status(session, account, row.reference)
    for number, kind in told.acknowledgements:
        if queries.has_answer(row, number):
            continue
        raw = esg_answers.acknowledgement(session, account, number)
        states.append(_take(actor, row, number, kind, raw))
    if told.word.upper() in queries.refusing_words(row.channel) and not told.acknowledgements:
        number = f"{row.reference} {told.word}"
        if not queries.has_answer(row, number):
            details = {"acknowledgement": number, "core_id": row.reference}
            ending = Ending(Result.REFUSED, number, details)
            sendings.note_receipt(actor, sending=row, ending=ending)
            states.append("refused by the gateway")
    return states


def _take(actor: Actor, row: Transmission, number: str, kind: str, raw: bytes) -> str:
    if b"MCCI_IN200101UV" in raw[:4000] or b"ichicsrack" in raw[:4000]:
        try:
            done = acknowledgements.receive(actor, raw, file_name=f"{number}.xml", door=_DOOR)
        except Refused:
            return "acknowledgement too large"
        return str(done.acknowledgement.state)
    text = raw.decode(errors="replace")[:_MOST_KEPT].replace("\x00", "")
    details = {"acknowledgement": number, "kind": kind, "core_id": row.reference, "text": text}
    if text.encode() != raw:  # the text is for reading; what came is kept whole
        details["raw"] = base64.b64encode(raw).decode()
    words = f"{kind or number}: {text}"[:400]
    sendings.note_receipt(actor, sending=row, ending=Ending(Result.UNPROVEN, words, details))
    return "word of the gateway"
