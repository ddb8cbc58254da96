"""A cohort as its curves need it: those to whom something happened, and counts of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, DateField, F, Func, IntegerField, Q, Value
from django.db.models.functions import Coalesce, Greatest, Least

from followup.core.actor import Actor
from pv.domain.cohorts.times import Member, death_of
from pv.queries import cohorts
from pv.queries.cohorts import Filters


@dataclass(frozen=True, slots=True)
class Followed:
    """A cohort for curves: patients to whom something happened, and how many of the others were
    followed for how many days."""

    members: Sequence[Member]
    quiet: Mapping[int, int]

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(self.members) + sum(self.quiet.values())


def followed(actor: Actor, filters: Filters) -> Followed:
    """The cohort as `times_of` takes it: the quiet are counted by the database. Call inside
    `cohorts.reading`."""
    ill, worse = cohorts.malignancies(actor, filters), cohorts.progressions(actor, filters)
    alive = cohorts.alive_on(actor, filters)
    rows = cohorts.infusions(actor, filters)
    eventful = Q(patient__vital_status="DEAD") | Q(patient__in={*ill, *worse})
    contact = Coalesce("patient__last_contact_on", "infused_on")
    last = Least(contact, Value(filters.last_day, DateField()))
    days = Greatest(_Days(last, F("infused_on")), 0)
    quiet = rows.exclude(eventful).annotate(days=days).values_list("days")
    columns = ("last_contact_on", "vital_status", "died_on_text")
    named = rows.filter(eventful).values_list(
        "patient_id", "infused_on", *(f"patient__{name}" for name in columns)
    )
    found = [
        Member(
            "",
            day0,
            contact_on,
            death_of(died, contact_on, alive.get(patient)) if vital == "DEAD" else None,
            worse.get(patient),
            ill.get(patient),
        )
        for patient, day0, contact_on, vital, died in named
    ]
    return Followed(found, dict(quiet.annotate(number=Count("id")).order_by("days")))


class _Days(Func):
    """Whole days between two dates: PostgreSQL subtracts dates to an integer."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    arity = 2
    output_field = IntegerField()
