"""Kinds of adverse events the system itself acts on, and what is asked of a new malignancy."""

from enum import StrEnum


class Kind(StrEnum):
    """What an event is when neither its words nor its seriousness say it."""

    RCL_POSITIVE = "RCL_POSITIVE"  # replication-competent virus found; reported at once
    PREGNANCY = "PREGNANCY"  # exposure in pregnancy, of the patient or of a partner


class Pathology(StrEnum):
    """Whether there is a pathology report."""

    AVAILABLE = "AVAILABLE"
    PENDING = "PENDING"
    NONE = "NONE"


class TransgeneTest(StrEnum):
    """What the test of the tumour for the CAR transgene showed."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    PENDING = "PENDING"
    NOT_DONE = "NOT_DONE"


class Kept(StrEnum):
    """Whether a specimen was kept."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"
