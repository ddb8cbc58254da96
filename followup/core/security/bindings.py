"""The keyed hash that ties a signature to its row: HMAC-SHA-256 under BLIND_INDEX_KEY.

That key never changes, since the indexes depend on it; SECRET_KEY may be replaced.
"""

from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.crypto import salted_hmac

from followup.core.models import Signature

SALT = "everwatch.signature"
BOUND = (
    "kind",
    "record_id",
    "title",
    "content",
    "content_sha256",
    "state_sha256",
    "printed_name",
    "roles",
    "meaning",
    "reason",
    "zone",
    "factors",
)


def _zone(row: Signature) -> tzinfo:
    try:
        return ZoneInfo(row.zone)
    except (KeyError, ValueError, OSError):  # altered: the row does not verify, and is still shown
        return UTC


def signed_at(row: Signature) -> str:
    """The moment with its offset, as printed; in UTC where the row's zone is no zone."""
    return row.signed_at.astimezone(_zone(row)).isoformat(timespec="microseconds")


def binding(row: Signature) -> str:
    """What `row.binding` must be."""
    parts: list[Any] = [str(row.id), str(row.signer_id), signed_at(row)]
    parts += [str(row.site_id or ""), str(row.product_id or "")]
    parts += [str(getattr(row, name)) for name in BOUND]
    text = "".join(f"{len(part)}:{part}" for part in parts)  # no two rows make the same text
    return salted_hmac(SALT, text, secret=settings.BLIND_INDEX_KEY, algorithm="sha256").hexdigest()
