"""Background tables others published, as imported: rates by age and sex, counts of pairs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models.fields.json import KT

from followup.core import scope
from followup.core.actor import Actor
from followup.core.stored_words import told
from followup.models import ReferenceItem
from pv.domain.signals.rates import RateRow, groups, loaded

RATES, COUNTS = "rate_table", "count_table"


@dataclass(frozen=True, slots=True)
class Rates:
    """One imported table of rates."""

    item: ReferenceItem
    rows: Sequence[RateRow]

    @property
    def groups(self) -> list[str]:
        """Its tumour groups."""
        return groups(self.rows)

    def of(self, group: str) -> list[RateRow]:
        """The rows of one group."""
        return [row for row in self.rows if row.icdo3_group == group]


def imported(actor: Actor, kind: str) -> Sequence[ReferenceItem]:
    """Every imported table of a kind, the latest first, its content deferred.

    The citation of one that was counted here is in the reader's language.
    """
    rows = scope.visible(actor, ReferenceItem.objects.filter(kind=kind))
    rows = rows.annotate(citation_words=KT("data__citation_words")).defer("data")
    found = list(rows.order_by("-loaded_at", "code"))
    for row in found:
        if row.citation_words:
            row.citation = told(json.loads(row.citation_words), row.citation)
    return found


def rates(actor: Actor, item_id: UUID | str) -> Rates:
    """One table of rates; NotFound otherwise."""
    item = scope.one(actor, ReferenceItem.objects.filter(kind=RATES), id=item_id)
    return Rates(item, loaded(item.data["rows"]))


def counts(actor: Actor, item_id: UUID | str) -> tuple[ReferenceItem, list[tuple[str, str, int]]]:
    """One table of counts; NotFound otherwise."""
    item = scope.one(actor, ReferenceItem.objects.filter(kind=COUNTS), id=item_id)
    return item, [(drug, event, count) for drug, event, count in item.data["rows"]]
