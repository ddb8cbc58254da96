"""What a patient may agree to; each purpose is asked for and withdrawn separately (PIPL 15, 29).

Source: domain 9.
"""

from enum import StrEnum


class Purpose(StrEnum):
    """One purpose of a consent."""

    FOLLOW_UP = "LTFU"
    HOLDER = "HOLDER"  # coded data to the marketing authorisation holder
    SAMPLES = "SAMPLES"  # keeping and testing samples
    RESEARCH = "RESEARCH"
