"""What every file that says who the patients are asks first: a sentence why, and a fresh proof."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.problems import Refused

REASON_AT_LEAST = 10  # characters; a shorter one tells an inspector nothing
REASON_AT_MOST = 500
PROOF_HOLDS = timedelta(hours=24)


def reason(text: str, *, wanted: str) -> str:
    """The reason as it is kept; Refused with what is wanted when it says nothing."""
    text = text.strip()
    if len(text) < REASON_AT_LEAST:
        raise Refused({"reason": wanted})
    return text[:REASON_AT_MOST]


def require_fresh(asked_at: str) -> None:
    """Refused when the proof was given too long ago; `asked_at` as a job keeps it (ISO)."""
    if clock.now() - datetime.fromisoformat(asked_at) > PROOF_HOLDS:
        raise Refused(_("Ask for it again: your password was given more than a day ago."))
