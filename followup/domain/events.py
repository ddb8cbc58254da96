"""Kinds of adverse events that the system itself acts on; all others are words of a code list."""

from enum import StrEnum


class Kind(StrEnum):
    """What an event is when neither its words nor its seriousness say it."""

    RCL_POSITIVE = "RCL_POSITIVE"  # replication-competent virus found; reported at once
    PREGNANCY = "PREGNANCY"  # exposure in pregnancy, of the patient or of a partner
