"""The day a message says, as exact as it is said.

Source: domain 6.
"""

from followup.domain.dates import DateError, PartialDate


def day_of(text: str | None) -> PartialDate | None:
    """The day of an E2B(R3) time stamp without its hour; None where it says no day."""
    try:
        return PartialDate.from_e2b((text or "")[:8])
    except DateError:
        return None
