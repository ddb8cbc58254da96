"""ICAHT and T-ICAHT of a patient: every grade of each infusion out of the counts on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.dates import PartialDate
from followup.domain.laboratory import MEASURES, CountingEnd, EndReason, Haematotoxicity, course
from followup.models import Infusion, Patient, Visit
from followup.queries import clinical_assessments, concomitant_care
from followup.queries.laboratory.results import BY_TIME, infusion_on, infusions_of, points, standing
from followup.queries.laboratory.rules import rules


@dataclass(frozen=True, slots=True)
class InfusionHaematotoxicity:
    """The scales of one infusion, and what ends their counting, the earliest first."""

    infusion: Infusion
    scales: tuple[Haematotoxicity, ...]
    ends: tuple[CountingEnd, ...]


def of_patient(actor: Actor, patient: Patient) -> list[InfusionHaematotoxicity]:
    """Each infusion with its grades, the latest first; without counts its scales are empty."""
    infusions = list(
        scope.visible(actor, Infusion.objects.filter(patient=patient))
        .select_related("product")
        .order_by("infused_on", "id")
    )
    known = rules(actor)
    counts = scope.visible(actor, standing().filter(patient=patient, measure__in=MEASURES))
    values = list(counts.order_by(*BY_TIME))
    given = infusions_of(patient.id)
    found = []
    for infusion in infusions:
        infusion.patient = patient
        # By the days as they stand: an infusion may have been corrected or entered since.
        mine = [row for row in values if infusion_on(given, row.specimen_on) == infusion]
        series = points(mine, known.laboratory.measures, infusion.infused_on)
        reasons = ends(actor, infusions, infusion) if series else []
        scales = course(known, infusion.infused_on, series, reasons)
        found.append(InfusionHaematotoxicity(infusion, scales, tuple(reasons)))
    return found[::-1]


def ends(actor: Actor, infusions: Sequence[Infusion], infusion: Infusion) -> list[CountingEnd]:
    """What ends the counting after one of ordered infusions of a patient, the earliest first.

    A new therapy told at a contact has no day, until a later therapy that began by then is
    recorded with its own. What was found or told on the day of the infusion is the disease it was
    given for, and what was given before.
    """
    patient, start = infusion.patient, infusion.infused_on
    later = infusions[infusions.index(infusion) + 1 :]
    found = [
        CountingEnd(EndReason.NEXT_INFUSION, each.infused_on, each.infused_on) for each in later
    ]
    after = start + timedelta(days=1)
    progressed = clinical_assessments.progressions(actor, patient, after)
    found += [_dated(EndReason.PROGRESSION, day, after) for day in progressed]
    if patient.died_on_text:
        found.append(_dated(EndReason.DEATH, PartialDate.from_iso(patient.died_on_text), start))
    begun = [d for d in concomitant_care.therapies_begun(actor, patient) if d.latest >= after]
    found += [_dated(EndReason.NEXT_THERAPY, day, after) for day in begun]
    visits = scope.visible(actor, Visit.objects.filter(patient=patient, contact_on__gte=after))
    told = visits.filter(undone_at=None, replaced_by__isnull=True).order_by("contact_on", "id")
    before = start
    for on, therapy in told.values_list("contact_on", "new_therapy"):
        if therapy == "YES":  # or a pregnancy: the question asks for both
            if not any(day.earliest <= on for day in begun):
                found.append(CountingEnd(EndReason.NEXT_THERAPY, before, None))
            break
        before = on if therapy == "NO" else before
    return sorted(found, key=lambda end: (end.first, end.reason))


def _dated(reason: EndReason, day: PartialDate, start: date) -> CountingEnd:
    return CountingEnd(reason, max(day.earliest, start), day.latest)
