"""A package of data sets as asked for: product, study, format, and the moment of its data.

The moment is a data lock, or a number of the seal for a hospital, which makes no locks: both give
the same files for ever. The mapping is the one loaded by then; where there was none yet, the first.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from followup.core.actor import Actor
from followup.core.models import Seal
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.trail import asof
from followup.domain.consents import Purpose
from followup.models import Product, ReferenceItem
from followup.queries import data_locks, reference, seals
from pv.domain.datasets import (
    DatasetMapping,
    SdtmMapping,
    read_analysis_mapping,
    read_mapping,
)
from pv.domain.datasets.registries import Registry, read_registries

DOCUMENT, ANALYSIS_DOCUMENT, REGISTRY_DOCUMENT = "sdtm", "adam", "registries"
_SHEETS = ("xlsx", "csv")  # kinds of file of a registry's worksheet


@dataclass(frozen=True, slots=True)
class DatasetChoice:
    """What decides every byte of the files."""

    product: UUID
    study: str
    format: str
    seq: int
    lock: UUID | None = None
    language: str = "zh-hans"

    def stored(self) -> dict[str, Any]:
        """The choice as the parameters of a job."""
        return {
            "product": str(self.product),
            "study": self.study,
            "format": self.format,
            "seq": self.seq,
            "lock": str(self.lock or ""),
            "language": self.language,
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "DatasetChoice":
        """The choice out of the parameters of a job."""
        return cls(
            product=UUID(data["product"]),
            study=data["study"],
            format=data["format"],
            seq=data["seq"],
            lock=UUID(data["lock"]) if data["lock"] else None,
            language=data["language"],
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Let every query of this block read what was known at the moment of the data."""
        with asof.known_at(self.seq, passed=seals.passed()):
            yield

    def moment(self, actor: Actor) -> datetime:
        """When the data were locked, or sealed; NotFound for a lock the actor may not read."""
        if self.lock:
            return data_locks.lock(actor, self.lock).made_at
        with self.reading():
            return Seal.objects.get(seq=self.seq).sealed_at


def _reports(actor: Actor, product: UUID | None = None) -> bool:
    return actor.may(Perm.REPORT_WRITE, product=product)


def may_make(actor: Actor, product: UUID | None = None) -> bool:
    """Who reports on a product, and who keeps its patients at a hospital."""
    return _reports(actor, product) or actor.may(Perm.PATIENT_WRITE, product=product)


def purpose(actor: Actor, product: UUID) -> Purpose:
    """What a patient must have agreed to: sharing with the holder, or follow-up at the hospital."""
    return Purpose.HOLDER if _reports(actor, product) else Purpose.FOLLOW_UP


def purposes(actor: Actor, choice: DatasetChoice) -> list[Purpose]:
    """All that a subject must have agreed to: a registry abroad needs the patient's word for it."""
    abroad = [Purpose.CROSS_BORDER] if worksheet_of(choice.format) else []
    return [purpose(actor, choice.product), *abroad]


def products(actor: Actor) -> list[Product]:
    """The products whose data sets the actor may make, CAR-T first."""
    rows = {
        row.id: row
        for needs in (Perm.REPORT_WRITE, Perm.PATIENT_WRITE)
        if actor.may(needs)
        for row in reference.products_for(actor, needs)
    }
    return sorted(rows.values(), key=lambda row: (not row.is_car_t, row.code))


def current_mapping(actor: Actor) -> SdtmMapping:
    """The mapping as loaded last; NotFound before any."""
    return read_mapping(reference.document(actor, DOCUMENT))


def current_analysis_mapping(actor: Actor) -> DatasetMapping:
    """The mapping to analysis data sets as loaded last; NotFound before any."""
    return read_analysis_mapping(reference.document(actor, ANALYSIS_DOCUMENT))


def worksheet_of(format_code: str) -> tuple[str, str] | None:
    """The registry and the kind of file of a worksheet (`cibmtr-xlsx`); None for any other."""
    registry, _dash, kind = format_code.rpartition("-")
    return (registry, kind) if registry and kind in _SHEETS else None


def worksheets(actor: Actor) -> Mapping[str, tuple[Registry, str]]:
    """The worksheets that can be made: of every registry whose items are loaded."""
    known = read_registries(reference.document(actor, REGISTRY_DOCUMENT))
    return {f"{code}-{kind}": (one, kind) for code, one in known.items() for kind in _SHEETS}


def registries(choice: DatasetChoice) -> Mapping[str, Registry]:
    """The registries with their items, of the moment of the data."""
    return read_registries(_document(choice, REGISTRY_DOCUMENT))


def _latest(rows: Any) -> ReferenceItem | None:
    found: ReferenceItem | None = rows.order_by("-loaded_at", "-id").first()
    return found


def _document(choice: DatasetChoice, code: str) -> Mapping[str, Any]:
    """The document loaded by the moment of the data, or the first one; NotFound before any."""
    rows = ReferenceItem.objects.filter(kind="document", code=code)
    with choice.reading():
        item = _latest(rows)
    item = item or rows.order_by("loaded_at", "id").first()
    if item is None:
        raise NotFound()
    data: Mapping[str, Any] = item.data
    return data


def mapping(choice: DatasetChoice) -> SdtmMapping:
    """The mapping to tabulation data sets of the moment of the data."""
    return read_mapping(_document(choice, DOCUMENT))


def analysis_mapping(choice: DatasetChoice) -> DatasetMapping:
    """The mapping to analysis data sets of the moment of the data."""
    return read_analysis_mapping(_document(choice, ANALYSIS_DOCUMENT))
