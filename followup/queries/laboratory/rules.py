"""The laboratory rules in force, read once for each content."""

from functools import lru_cache
from uuid import UUID

from followup.core.actor import Actor
from followup.domain.assessments.markers import read_marker_rules
from followup.domain.grading import read_grading_rules
from followup.domain.laboratory import Rules, read_laboratory_rules
from followup.models import ReferenceItem
from followup.queries import reference


@lru_cache(maxsize=8)
def _parsed(laboratory: UUID, grading: UUID, _fingerprints: tuple[str, str]) -> Rules:
    grades = ReferenceItem.objects.get(id=grading).data
    return Rules(
        read_laboratory_rules(ReferenceItem.objects.get(id=laboratory).data),
        read_grading_rules(grades),
        read_marker_rules(grades["markers"]),
    )


def rules(actor: Actor) -> Rules:
    """The rules in force today; NotFound before reference data is loaded."""
    laboratory = reference.current(actor, "document", "laboratory")
    grading = reference.current(actor, "document", "grading")
    return _parsed(laboratory.id, grading.id, (laboratory.sha256, grading.sha256))
