"""The rules of samples and assays as loaded, parsed once for each content."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from uuid import UUID

from followup.core.actor import Actor
from followup.domain.samples import (
    AssayRules,
    Coded,
    SampleDefinition,
    SampleRules,
    read_assay_rules,
    read_sample_rules,
)
from followup.models import ReferenceItem
from followup.queries import reference


@dataclass(frozen=True)
class SampleRuleSet:
    """The checklist of a work-up, and what assays, custody and visits need."""

    checklist: SampleRules
    assays: AssayRules
    export_note_en: str
    export_note_zh: str

    @cached_property
    def definitions(self) -> Mapping[str, SampleDefinition]:
        """Every kind of sample by its code."""
        rows = (*self.checklist.definitions, *self.assays.visit_samples)
        return {row.code: row for row in rows}

    @cached_property
    def words(self) -> Mapping[str, Coded]:
        """Reasons, conditions, methods and purposes by code, for labels."""
        rules = self.assays
        rows = (*rules.reasons, *rules.conditions, *rules.methods, *rules.purposes)
        return {row.code: row for row in rows}


@lru_cache(maxsize=8)
def _parsed(item_id: UUID, sha256: str) -> SampleRuleSet:
    data = ReferenceItem.objects.get(id=item_id).data
    return SampleRuleSet(
        read_sample_rules(data),
        read_assay_rules(data),
        data["export_note_en"],
        data["export_note_zh"],
    )


def rules(actor: Actor) -> SampleRuleSet:
    """The rules in force today; NotFound before reference data is loaded."""
    item = reference.current(actor, "document", "samples")
    return _parsed(item.id, item.sha256)
