"""What a package of data sets is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.core.models import DataLock
from followup.domain.consents import Purpose
from followup.queries.exports import LeftOut
from pv.adapters.datasets import Spool
from pv.domain.datasets import Dataset, Record, Tabulation
from pv.queries.datasets import DatasetChoice


@dataclass(frozen=True, slots=True)
class Part:
    """The data sets of one standard, in a folder of the package ("" for its root)."""

    folder: str
    tabulation: Tabulation
    spools: Mapping[str, Spool]

    def add(self, dataset: Dataset, records: Iterable[tuple[Record, list[Record]]]) -> None:
        """Keep records of a data set, and what belongs to its supplemental qualifiers."""
        for record, extra in records:
            self.spools[dataset.code].add(record)
            for qualifier in extra:
                self.spools[f"SUPP{dataset.code}"].add(qualifier)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a package is made of."""

    choice: DatasetChoice
    product: str
    made_at: datetime
    lock: DataLock | None
    purpose: Purpose
    parts: Sequence[Part]
    subjects: int
    left_out: Sequence[LeftOut]
    program: str
