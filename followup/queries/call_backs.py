"""What is agreed with patients and among colleagues: call-backs, appointments, whose patients."""

from datetime import date, time
from typing import Any
from uuid import UUID

from django.db.models import DateField, Q, QuerySet, UUIDField, Value
from django.db.models.functions import Coalesce

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.models import Grant, User
from followup.core.permissions import ROLES, Perm
from followup.core.statements import Given, written_once
from followup.domain.appointments import AppointmentState
from followup.models import Appointment, CallBack, Carer, Cover, Patient
from followup.queries import patient_rows

MOST = 200
PAGE = 200
_LAST_HOUR = time(23, 59, 59)
_KEY = r"\d{4}-\d{2}-\d{2}_(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d_" + keyset.UUID_PATTERN
_WRITERS = [role.value for role, spec in ROLES.items() if Perm.VISIT_WRITE in spec.permissions]


def colleagues(site: UUID) -> list[User]:
    """Those who follow patients at a hospital today, by name."""
    return _writers(site=site, today=clock.today())


@written_once
def _writers() -> QuerySet[User]:
    at_site = Q(site_id=Given("site", UUIDField())) | Q(all_sites=True)
    rows = Grant.objects.in_force_on(Given("today", DateField()))
    held = rows.filter(at_site, role__in=_WRITERS).values("user_id")
    users = User.objects.filter(is_active=True, id__in=held)
    return users.order_by("display_name", "username")


def colleague_ids(site: UUID) -> set[UUID]:
    """The same, by id."""
    return {user.id for user in colleagues(site)}


def stood_in_for(actor: Actor, today: date) -> list[UUID]:
    """The reader, and the colleagues the reader stands in for today."""
    if actor.id is None:
        return []
    return [actor.id, *_absent(deputy=actor.id, today=today)]


def _stood_in_for() -> QuerySet[Cover, UUID]:
    """Whom the `deputy` stands in for `today`, both given when it is asked."""
    today = Given("today", DateField())
    rows = Cover.objects.filter(first__lte=today, last__gte=today, ended_at__isnull=True)
    return rows.filter(deputy_id=Given("deputy", UUIDField())).values_list("absent_id", flat=True)


def covers(actor: Actor) -> list[Cover]:
    """Whoever is or will be stood in for, at one's own hospitals."""
    rows = Cover.objects.filter(last__gte=clock.today(), ended_at__isnull=True)
    related = rows.select_related("absent", "deputy", "site")
    return list(scope.visible(actor, related).order_by("first", "id")[:MOST])


def one_cover(actor: Actor, cover_id: UUID | str) -> Cover:
    """One of them; NotFound otherwise."""
    return scope.one(actor, Cover.objects.all(), id=cover_id)


def carer_of(actor: Actor, patient: Patient) -> User | None:
    """Who looks after a patient."""
    if patient_rows.lacks(actor, patient, Carer):
        return None
    rows = scope.visible(actor, Carer.objects.filter(patient=patient)).select_related("user")
    row = rows.first()
    return row.user if row else None


def _open(actor: Actor) -> QuerySet[CallBack]:
    rows = scope.visible(actor, CallBack.objects.filter(done_at__isnull=True), home=True)
    return rows.select_related("patient", "owner")


_absent = written_once(_stood_in_for)


def open_ones(actor: Actor, *, until: date, mine: bool = False) -> QuerySet[CallBack]:
    """What is due by a day, the earliest hour first; `mine`: one's own, stood in for, nobody's."""
    rows = _open(actor).filter(due_on__lte=until)
    if mine:
        rows = rows.filter(Q(owner_id__in=stood_in_for(actor, clock.today())) | Q(owner=None))
    return rows.annotate(hour=_hour("due_at")).order_by("due_on", "hour", "id")


def first_of_mine(actor: Actor, *, until: date, most: int) -> list[CallBack]:
    """The first of one's own, stood in for and nobody's."""
    return _first(actor, most, until=until, deputy=actor.id, today=clock.today())


@written_once
def _first(actor: Actor, most: int) -> QuerySet[CallBack]:
    rows = _open(actor).filter(due_on__lte=Given("until", DateField()))
    deputy = Given("deputy", UUIDField())
    rows = rows.filter(Q(owner_id=deputy) | Q(owner_id__in=_stood_in_for()) | Q(owner=None))
    return rows.annotate(hour=_hour("due_at")).order_by("due_on", "hour", "id")[:most]


def open_page(
    actor: Actor, *, until: date, mine: bool = False, key: str = ""
) -> tuple[list[CallBack], str]:
    """A page of them, and the key of the next."""
    return _page(open_ones(actor, until=until, mine=mine), "due_on", key)


def _hour(column: str) -> Coalesce:
    """The hour, where one was agreed; those without come last of their day."""
    return Coalesce(column, Value(_LAST_HOUR))


def _page(rows: QuerySet[Any], day: str, key: str) -> tuple[list[Any], str]:
    if key := keyset.parse_cursor(key, _KEY):
        on, at, last = key.split("_")
        if first := keyset.day_of(on):
            values = (first, time.fromisoformat(at), UUID(last))
            rows = rows.filter(keyset.after((day, "hour", "id"), values))
    return keyset.page(
        rows[: PAGE + 1], PAGE, lambda row: f"{getattr(row, day)}_{row.hour:%H:%M:%S}_{row.id}"
    )


def of_patient(actor: Actor, patient: Patient) -> list[CallBack]:
    """What is open for a patient."""
    if patient_rows.lacks(actor, patient, CallBack):
        return []
    return list(_open(actor).filter(patient=patient).order_by("due_on", "due_at", "id")[:MOST])


def one(actor: Actor, call_back_id: UUID | str) -> CallBack:
    """One call-back; NotFound otherwise."""
    rows = CallBack.objects.select_related("patient__site", "owner", "asked_by")
    return scope.one(actor, rows, id=call_back_id)


def colleague(site: UUID, user_id: str) -> User | None:
    """A colleague of a hospital by id; None for nobody and for strangers."""
    return next((user for user in colleagues(site) if str(user.id) == user_id), None)


def appointments(actor: Actor, *, on: date, key: str = "") -> tuple[list[Appointment], str]:
    """A page of who is expected on a day, by the hour, then those without one; the next key."""
    rows = _appointments(actor, home=True).filter(on=on).exclude(state=AppointmentState.CANCELLED)
    return _page(rows.annotate(hour=_hour("at")).order_by("on", "hour", "id"), "on", key)


def expected(actor: Actor, *, since: date, until: date) -> list[Appointment]:
    """Appointments that stand between two days, the earliest first."""
    rows = _appointments(actor, home=True).filter(on__gte=since, on__lte=until)
    return list(rows.filter(state=AppointmentState.BOOKED).order_by("on", "at", "id")[:2000])


def appointments_of(actor: Actor, patient: Patient) -> list[Appointment]:
    """The appointments of a patient, the latest first."""
    if patient_rows.lacks(actor, patient, Appointment):
        return []
    return list(_appointments(actor).filter(patient=patient).order_by("-on", "-at", "-id")[:50])


def appointment(actor: Actor, appointment_id: UUID | str) -> Appointment:
    """One appointment; NotFound otherwise."""
    rows = Appointment.objects.select_related("patient__site", "planned")
    return scope.one(actor, rows, id=appointment_id)


def _appointments(actor: Actor, *, home: bool = False) -> QuerySet[Appointment]:
    rows = Appointment.objects.select_related("patient", "planned")
    return scope.visible(actor, rows, home=home)


def unanswered(actor: Actor, *, key: str = "") -> tuple[list[Appointment], str]:
    """A page of days gone by of which nobody said whether the patient came; the next key."""
    rows = _appointments(actor, home=True).filter(
        on__lt=clock.today(), state=AppointmentState.BOOKED
    )
    return _page(rows.annotate(hour=_hour("at")).order_by("on", "hour", "id"), "on", key)
