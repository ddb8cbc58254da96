"""Holder, product and indication rows as the product entries of a document ask for them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from followup.domain.dates import PartialDate, Precision
from followup.domain.references import ReferenceEntry
from followup.models import Holder, Indication, Product

# From certain to unsure; of several sources of one row the weakest is shown.
_CONFIDENCE = (
    *("source", "mission", "secondary", "derived", "project"),
    *("memory_high", "memory_medium", "memory_low", "unknown"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row to have: its own values, and the code of the row it belongs to."""

    model: type[Model]
    code: str
    values: Mapping[str, Any]
    parent: str = ""
    parent_code: str = ""

    @property
    def all_values(self) -> dict[str, Any]:
        """The values with the parent's code under the name of the foreign key."""
        return {**self.values, **({self.parent: self.parent_code} if self.parent else {})}


def rows_of(products: Sequence[ReferenceEntry], as_of: Mapping[str, str]) -> list[Row]:
    """Holders first, then products, then approved indications.

    An indication whose application is only under review gets no row: a row means approved.
    """
    day = date.fromisoformat(as_of["products"]) if products else None
    holders = {row.code: row for row in (_holder(entry.data) for entry in products)}
    made = [*holders.values(), *(_product(entry.data, day) for entry in products)]
    for entry in products:
        made += [
            _indication(entry.code, data)
            for data in entry.data["indications"]
            if data["authorisation"] == "approved"
        ]
    return made


def holder_code(name: str) -> str:
    """A stable code out of the English name of a holder."""
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")[:40]


def _holder(data: Mapping[str, Any]) -> Row:
    values = {"name_zh": data["mah_zh"], "name_en": data["mah_en"]}
    return Row(Holder, holder_code(data["mah_en"]), values)


def _product(data: Mapping[str, Any], as_of: date | None) -> Row:
    values = {
        "inn": data["inn"],
        "generic_zh": data["name_zh"],
        "brand_en": data["brand_en"] or "",
        "brand_zh": data["brand_zh"] or "",
        "target": ", ".join(data["targets"]),
        "vector_type": data["vector_type"],
        "atmp_class": data["atmp_class"],
        "is_car_t": data["kind"] == "CAR_T",
        "approval_number": data["licence_number"] or "",
        "citation": data["provenance"]["citation"] or "",
        "confidence": data["provenance"]["confidence"],
        "as_of": as_of,
    }
    return Row(Product, data["code"], values, "holder", holder_code(data["mah_en"]))


def _indication(product: str, data: Mapping[str, Any]) -> Row:
    approval, status = data["approval"], data["status_provenance"]
    day = PartialDate.from_iso(approval["date"]) if approval["date"] else None
    precision = Precision(approval["precision"]).value if day else ""
    values = {
        "name_zh": data["text_zh"],
        "name_en": data["text_en"],
        "disease": data["disease"],
        "approved_from": day.earliest if day else None,
        "approved_precision": precision,
        "status": data["status"],
        "citation": "; ".join(
            dict.fromkeys(filter(None, (approval["citation"], status["citation"])))
        ),
        "confidence": max(approval["confidence"], status["confidence"], key=_CONFIDENCE.index),
    }
    return Row(Indication, data["code"], values, "product", product)


def fitting(products: Sequence[Mapping[str, Any]]) -> None:
    """ValueError with the field for a product whose rows would not fit their columns."""
    made = [
        ReferenceEntry("product", data["code"], "", data, "", None, None, "", "")
        for data in products
    ]
    for row in rows_of(made, {"products": date.min.isoformat()}):
        for name, value in {"code": row.code, **row.values}.items():
            limit = getattr(row.model._meta.get_field(name), "max_length", None)
            if limit is not None and isinstance(value, str) and len(value) > limit:
                raise ValueError(f"{row.code} {name}: {len(value)} characters, at most {limit}")
