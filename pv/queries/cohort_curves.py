"""A cohort as its curves need it: those to whom something happened, and counts of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, DateField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Least

from followup.core.actor import Actor
from followup.models import Infusion
from pv.domain.cohorts.times import Member, death_of
from pv.queries import cohorts
from pv.queries.cohorts import Filters


@dataclass(frozen=True, slots=True)
class Followed:
    """A cohort for curves: patients one by one, and how many of the others were followed for how
    many days (`quiet`) or died, nothing else having happened, after how many (`dead`)."""

    members: Sequence[Member]
    quiet: Mapping[int, int]
    dead: Mapping[int, int]

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(self.members) + sum(self.quiet.values()) + sum(self.dead.values())


def followed(actor: Actor, filters: Filters) -> Followed:
    """The cohort as `times_of` takes it: the database counts the quiet, and the dead whose day is
    known whole. Call inside `cohorts.reading`."""
    ill, worse = cohorts.malignancies(actor, filters), cohorts.progressions(actor, filters)
    alive = cohorts.alive_on(actor, filters)
    rows = cohorts.infusions(actor, filters).annotate(died=_WholeDay("patient__died_on_text"))
    ill_or_worse, dead = Q(patient__in={*ill, *worse}), Q(patient__vital_status="DEAD")
    known = dead & Q(died__lte=filters.last_day)
    contact = Coalesce("patient__last_contact_on", "infused_on")
    last = Least(contact, Value(filters.last_day, DateField()))
    others = rows.exclude(ill_or_worse)
    columns = ("last_contact_on", "vital_status", "died_on_text")
    doubtful = dead & (Q(died=None) | Q(died__gt=filters.last_day))
    named = rows.filter(ill_or_worse | doubtful).values_list(
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
    quiet, died = others.exclude(dead), others.filter(known)
    return Followed(found, _by_days(quiet, last), _by_days(died, F("died")))


def _by_days(rows: QuerySet[Infusion], last: F | Least) -> dict[int, int]:
    """How many patients have so many days from the infusion to `last`, 0 where it was before."""
    days = rows.annotate(days=Greatest(_Days(last, F("infused_on")), 0)).values_list("days")
    return dict(days.annotate(number=Count("id")).order_by("days"))


class _WholeDay(Func):
    """A stated date that is known to the day; NULL for any other text."""

    template = (
        "CASE WHEN %(expressions)s ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'"
        " AND pg_input_is_valid(%(expressions)s, 'date') THEN (%(expressions)s)::date END"
    )
    arity = 1
    output_field = DateField()


class _Days(Func):
    """Whole days between two dates: PostgreSQL subtracts dates to an integer."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    arity = 2
    output_field = IntegerField()
