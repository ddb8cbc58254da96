"""What a package of data sets is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.core.models import DataLock
from followup.domain.consents import Purpose
from followup.queries.exports import LeftOut
from pv.adapters.datasets import Spool
from pv.domain.datasets import Tabulation
from pv.queries.datasets import DatasetChoice


@dataclass(frozen=True, slots=True)
class Contents:
    """What a package is made of."""

    choice: DatasetChoice
    product: str
    made_at: datetime
    lock: DataLock | None
    purpose: Purpose
    tabulation: Tabulation
    spools: Sequence[Spool]
    subjects: int
    left_out: Sequence[LeftOut]
    program: str
