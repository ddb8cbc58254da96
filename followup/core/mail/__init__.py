"""The way out: an outbox of claims with leases, and mail whose last step is on record first."""

from followup.core.mail.mailing import DeliveryOutcome, Mailer, Result
from followup.core.mail.outbox import Claim, claim, close, committing, release
from followup.core.mail.smtp import Fenced

__all__ = [
    "Claim",
    "Fenced",
    "Mailer",
    "DeliveryOutcome",
    "Result",
    "claim",
    "close",
    "committing",
    "release",
]
