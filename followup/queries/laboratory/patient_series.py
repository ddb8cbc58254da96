"""The values of a patient as the rules see them: by infusion, with what ends the counting.

The product's own rule.
"""

from uuid import UUID

from followup.core.actor import Actor
from followup.domain.laboratory import CountingEnd, Finding, Point, Rules, assess, near_a_limit
from followup.models import Infusion, LaboratoryResult
from followup.queries.laboratory import haematotoxicity
from followup.queries.laboratory.results import (
    infusion_on,
    infusions_of,
    of_infusion,
    point,
    points,
)

# Measures that are assessed together: of the same day, or as one series.
TOGETHER = ("cd19", "cd19_percent", "car_transgene", "vcn", "vector_positive")


class PatientSeries:
    """The values of a patient's infusions, with what ends the counting after each.

    Read once for all values that are held: a finding changes neither.
    """

    def __init__(self, actor: Actor, rules: Rules, patient_id: UUID) -> None:
        self.actor, self.rules = actor, rules
        self.infusions = infusions_of(patient_id)
        self._points: dict[tuple[UUID, str], list[Point]] = {}
        self._ends: dict[UUID, list[CountingEnd]] = {}

    def infusion(self, row: LaboratoryResult) -> Infusion:
        """The infusion a value belongs to by its day."""
        return infusion_on(self.infusions, row.specimen_on)

    def found(self, row: LaboratoryResult) -> tuple[Point, list[Point], tuple[Finding, ...]]:
        """A value as the rules see it, its series, and what it says."""
        infusion = self.infusion(row)
        series = self._series(infusion, row.measure)
        new = point(row, infusion.infused_on)
        ends = self._ends_of(infusion) if near_a_limit(self.rules, new) else []
        return new, series, assess(self.rules, new, series, ends)

    def _series(self, infusion: Infusion, measure: str) -> list[Point]:
        key = (infusion.id, "" if measure in TOGETHER else measure)
        if key not in self._points:
            values = of_infusion(self.infusions, infusion, {measure, *TOGETHER})
            known = self.rules.laboratory.measures
            self._points[key] = points(values, known, infusion.infused_on)
        return self._points[key]

    def _ends_of(self, infusion: Infusion) -> list[CountingEnd]:
        if infusion.id not in self._ends:
            self._ends[infusion.id] = haematotoxicity.ends(self.actor, self.infusions, infusion)
        return self._ends[infusion.id]
