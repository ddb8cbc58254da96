"""Sending one file by AS2: bytes out, an ending back."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from followup.core.outgoing import transport
from pv.adapters.as2 import messages, receipts
from pv.adapters.as2.messages import Partners, Receipts
from pv.domain.e2b.sendings import Ending, Result

LATER = "later"
_REFUSING = range(400, 500)
_NOT_NOW = frozenset({425, 429})  # too early, too many: not taken, and may be tried again
_TIMED_OUT = 408  # the server gave up waiting: what it had read is not known
_MOST_KEPT = 100_000  # bytes of an answer that stay with the event


def send(
    settings: Mapping[str, Any],
    partners: Partners,
    *,
    name: str,
    content: bytes,
    message_id: str,
    inbound_url: str,
    seconds: float,
    may_finish: Callable[[], bool],
) -> Ending | None:
    """One try; None when `may_finish` says that another worker has taken over."""
    later = settings.get("receipt") == LATER
    try:
        built = messages.build(
            partners,
            name=name,
            content=content,
            message_id=message_id,
            receipts=Receipts(inbound_url if later else ""),
            extra=settings.get("headers", {}),
        )
        answer = transport.post(
            settings["url"], built.headers, built.body, may_finish, seconds=seconds
        )
    except (ValueError, transport.NothingSent) as error:
        return Ending(Result.NOTHING_SENT, str(error))
    except transport.NoAnswer as error:
        return Ending(Result.DOUBT, str(error))
    return None if answer is None else _ending(answer, partners, message_id, built.mic, later)


def _ending(
    answer: transport.Response, partners: Partners, message_id: str, mic: str, later: bool
) -> Ending:
    if answer.status in _NOT_NOW:
        return Ending(Result.NOTHING_SENT, f"HTTP {answer.status}", {"status": answer.status})
    if answer.status in _REFUSING and answer.status != _TIMED_OUT:
        return Ending(Result.REFUSED, f"HTTP {answer.status}", {"status": answer.status})
    if not 200 <= answer.status < 300:
        return Ending(Result.DOUBT, f"HTTP {answer.status}", {"status": answer.status})
    if not answer.body.strip():
        text = "the receipt is awaited" if later else "no receipt came"
        return Ending(Result.DOUBT, text, {"status": answer.status})
    try:
        receipt = receipts.read(answer.headers, answer.body, partners)
    except ValueError as error:
        said = Ending(Result.DOUBT, f"the answer is no receipt: {error}"[:500])
        return replace(said, details=_kept(answer.headers, answer.body))
    return ending(receipt, answer.headers, answer.body, message_id=message_id, content_mic=mic)


def ending(
    receipt: receipts.Receipt,
    headers: Mapping[str, str],
    body: bytes,
    *,
    message_id: str,
    content_mic: str,
) -> Ending:
    """What a receipt says of a message of ours; its bytes stay with the ending."""
    said = receipts.ending(receipt, message_id=message_id, content_mic=content_mic)
    kept = _kept(headers, body)
    if kept:
        kept["expected_mic"] = content_mic
    return replace(said, details={**said.details, **kept})


def _kept(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """An answer as it came, for whoever looks at it later; nothing of one that is too large."""
    if len(body) > _MOST_KEPT:
        return {}
    return {"receipt_headers": dict(headers), "receipt": base64.b64encode(body).decode()}
