"""The field dictionary: each answer of the register defined once.

A field says of what kind it is, from which code list, in which unit and range, who needs it, and
what it is as personal data. Forms of many rows, import, export and the page of the dictionary read
it; the words in both languages are those of `names.json`. The ranges are the product's own, for
asking back and never for refusing; class of personal data: PIPL article 28.
"""

from collections.abc import Mapping

from followup.domain.fields import clinical, concomitant_care, laboratory
from followup.domain.fields.kinds import (
    ALSO_NEEDED,
    TABLES,
    Dataset,
    Field,
    Kind,
    Need,
    Personal,
)

__all__ = [
    "ALSO_NEEDED",
    "BY_KEY",
    "FIELDS",
    "TABLES",
    "Dataset",
    "Field",
    "Kind",
    "Need",
    "Personal",
    "of",
]

FIELDS: tuple[Field, ...] = (
    *clinical.patients(),
    *clinical.infusions(),
    *clinical.visits(),
    *clinical.events(),
    *laboratory.samples(),
    *laboratory.results(),
    *laboratory.laboratory(),
    *concomitant_care.care(),
)
BY_KEY: Mapping[str, Field] = {field.key: field for field in FIELDS}


def of(dataset: Dataset) -> tuple[Field, ...]:
    """The fields of a dataset, in the order of their columns."""
    return tuple(field for field in FIELDS if field.dataset is dataset)
