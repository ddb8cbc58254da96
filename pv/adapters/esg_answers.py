"""What FDA's ESG NextGen answers of a submission: how it stands, and its acknowledgements.

Source: FDA, ESG NextGen API Guide and API Specification 1.2 (March 2026), as published users of
the interface quote them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pv.adapters.esg import IDENTIFIER, Account, Session, Unusable


@dataclass(frozen=True, slots=True)
class Status:
    """What the gateway says of a submission: its word, and the acknowledgements there are."""

    word: str
    acknowledgements: tuple[tuple[str, str], ...]


def status(session: Session, account: Account, core_id: str) -> Status:
    """How a submission stands; NotNow, Refused, NothingSent or NoAnswer when it is not told."""
    data, body = session.look(f"{account.external_url}/api/esgng/v1/submissions/{core_id}")
    rows = data.get("acknowledgements", [data])
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if not listed and rows != []:  # one bad entry does not hide the others
        raise Unusable("the answer of the gateway holds no list of acknowledgements", body)
    word = data.get("status")
    pairs = tuple(pair for pair in map(_pair, listed[:50]) if pair[0])
    return Status(word if isinstance(word, str) else "", pairs)


def _pair(row: Mapping[str, Any]) -> tuple[str, str]:
    number = row.get("acknowledgement_id") or row.get("acknowledgementId")
    if not isinstance(number, str) or not IDENTIFIER.fullmatch(number):
        return "", ""
    return number, str(row.get("type") or "")[:40]


def acknowledgement(session: Session, account: Account, number: str) -> bytes:
    """The bytes of one acknowledgement as the gateway keeps it."""
    data, body = session.look(f"{account.external_url}/api/esgng/v1/acknowledgements/{number}")
    raw = data.get("raw_message") or data.get("rawMessage")
    if not isinstance(raw, str) or not raw:
        raise Unusable("the answer of the gateway lacks raw_message", body)
    return raw.encode(errors="replace")
