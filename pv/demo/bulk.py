"""Whole lives by COPY: the rows the actions would have left, for worlds of thousands."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from psycopg.types.json import Jsonb

from followup.actions import data_keys
from followup.actions import identity as identities
from followup.actions.infusion_details import stored
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.numbering import last_number
from followup.core.permissions import Perm, Role
from followup.domain import contents, schedules
from followup.domain.contacts import AttemptMethod
from followup.domain.infusion_details import InfusionDetails
from followup.domain.visits import FollowUpState
from followup.models import (
    Consent,
    ContactAttempt,
    DataKey,
    Identity,
    Infusion,
    Patient,
    PlannedVisit,
    ReferenceItem,
    Schedule,
    Visit,
)
from followup.models.states import PATIENT_FOLLOW_UP
from pv.demo import visit_states
from pv.demo.copying import Row, copy, reserve
from pv.demo.facts import Life, World
from pv.demo.lives import HORIZON
from pv.demo.persons import Person
from pv.demo.replay import identity
from pv.demo.setup import FORM_VERSION, Stage, agreed

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """One life with the keys of its rows."""

    life: Life
    patient: Patient
    infusion: UUID
    schedule: UUID
    product: UUID
    staff: UUID | None
    lines: Sequence[visit_states.Line]
    numbers: Sequence[int]

    @property
    def visit_keys(self) -> tuple[UUID, UUID, UUID]:
        """Patient, site and product, as every child row carries them."""
        return self.patient.id, self.patient.site_id, self.product


class Codes:
    """Study codes of each site, counted on from those recorded."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._last: dict[str, int] = {}

    def next(self, site: str) -> str:
        """The next code of a site."""
        if site not in self._last:
            rows = Patient.objects.filter(site=self._stage.sites[site])
            self._last[site] = last_number(rows, "study_code", f"{site}-")
        self._last[site] += 1
        return f"{site}-{self._last[site]:05d}"


@action("demo.write", needs=Perm.SYSTEM)
def write(
    actor: Actor, *, stage: Stage, world: World, told: Iterable[Life], protocol: ReferenceItem
) -> int:
    """Write lives without events in blocks; their end state is that of the actions."""
    codes, source, count = Codes(stage), iter(told), 0
    while block := list(islice(source, BLOCK)):
        _write_block([_keep(life, stage, world, codes) for life in block], world, protocol, stage)
        count += len(block)
    return count


def _keep(life: Life, stage: Stage, world: World, codes: Codes) -> Kept:
    day_zero, today = life.infusion.infused_on, world.today
    planned = schedules.plan(day_zero, world.protocol, max(day_zero, today) + HORIZON)
    lines = list(visit_states.lines(life, planned, today))
    return Kept(
        life=life,
        patient=_patient(life, stage, codes.next(life.site)),
        infusion=uuid7(),
        schedule=uuid7(),
        product=stage.products[life.infusion.product].id,
        staff=stage.at(Role.NURSE, life.site).id,
        lines=lines,
        numbers=reserve(PlannedVisit, len(lines)),
    )


def _patient(life: Life, stage: Stage, code: str) -> Patient:
    died, lost = life.died_on, life.lost_on
    state = FollowUpState.LOST if lost else FollowUpState.ACTIVE
    state = FollowUpState.DEAD if died else state
    since = visit_states.ended_on(life) or lost or life.infusion.infused_on
    told = next((v for v in life.visits if v.died_on), None)
    return Patient(
        id=uuid7(),
        site=stage.sites[life.site],
        study_code=code,
        sex=life.person.sex,
        birth_year=life.person.birth_date.year,
        vital_status="DEAD" if died else "ALIVE",
        follow_up_state=PATIENT_FOLLOW_UP.folded(state),
        state_since=since,
        last_contact_on=life.last_contact_on,
        died_on_text=died.isoformat() if died else "",
        death_cause=told.death_cause if told else "",
        death_cause_code=told.death_cause_code if told else "",
        autopsy=told.autopsy if told else "",
        version=1 + len(life.visits),
        registered_at=_at(life.registered_on),
    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), clock.SHANGHAI)


PATIENT = (
    *("id", "site_id", "study_code", "sex", "birth_year", "vital_status", "follow_up_state"),
    *("state_since", "last_contact_on", "died_on_text", "death_cause", "death_cause_code"),
    *("autopsy", "death_related", "version", "registered_at"),
)
IDENTITY = (
    *("patient_id", "site_id", "name_sealed", "readings_sealed", "national_id_sealed"),
    *("birth_date_sealed", "contacts_sealed", "address_sealed", "hospital_number_sealed"),
    *("document_kind", "national_id_index", "birth_date_index", "repeats", "tokens", "version"),
)
CONSENT = (
    *("id", "patient_id", "site_id", "form_version", "purposes", "given_on", "recorded_at"),
    *("refused", "signed_by", "assent", "given_on_text"),
)
INFUSION = (
    *("id", "patient_id", "site_id", "product_id", "indication_id", "off_label_reason"),
    *("infused_on", "lot", "chain_of_identity", "dose_cells", "lymphodepletion", "prior_lines"),
    *("version", "recorded_at"),
    *stored(InfusionDetails()),
)
SCHEDULE = (
    *("id", "infusion_id", "patient_id", "site_id", "product_id", "protocol_id", "day_zero"),
    *("planned_to", "ended_on", "end_reason", "created_at"),
)
PLANNED = (
    *("id", "schedule_id", "patient_id", "site_id", "product_id", "code", "window_start"),
    *("target", "due", "state", "done_on", "snoozed_to", "unanswered", "due_version"),
)
VISIT = (
    *("id", "planned_id", "patient_id", "site_id", "product_id", "contact_on", "contact_type"),
    *("informant", "vital_status", "died_on_text", "death_cause", "death_cause_code", "autopsy"),
    "disease_status",
    *("progressed_on_text", "new_malignancy", "other_event", "new_therapy", "therapy_note"),
    *("note", "recorded_by_id", "recorded_at", "version", "death_related", "unanswered_reason"),
    *("assessments", "counts_outside", "correction_reason"),
)
ATTEMPT = (
    *("id", "planned_id", "patient_id", "site_id", "product_id", "attempted_on", "method"),
    *("result", "next_try_on", "note", "recorded_by_id", "recorded_at"),
)


def _write_block(kept: Sequence[Kept], world: World, protocol: ReferenceItem, stage: Stage) -> None:
    copy(Patient, PATIENT, ([getattr(k.patient, c) for c in PATIENT] for k in kept))
    copy_identities([(k.life.person, k.patient) for k in kept], world.today)
    copy(Consent, CONSENT, map(_consent, kept))
    copy(Infusion, INFUSION, map(_infusion, kept, [stage] * len(kept)))
    copy(Schedule, SCHEDULE, (_schedule(k, world, protocol) for k in kept))
    copy(PlannedVisit, PLANNED, (row for k in kept for row in _planned(k)))
    copy(Visit, VISIT, (row for k in kept for row in _visits(k)))
    copy(ContactAttempt, ATTEMPT, (row for k in kept for row in _attempts(k)))


def copy_identities(people: Iterable[tuple[Person, Patient]], today: date) -> None:
    """Write who these patients are, each sealed under a key of its own."""
    keys, rows = [], []
    for person, patient in people:
        key_row, key = data_keys.fresh(patient.id, DataKey.Kind.PERSON, patient.site_id)
        row = identities.sealed(identities.validated(identity(person), today=today), patient, key)
        keys.append(key_row)
        rows.append([getattr(row, column) for column in IDENTITY])
    DataKey.objects.bulk_create(keys)
    copy(Identity, IDENTITY, rows)


def _consent(kept: Kept) -> Row:
    patient, life = kept.patient, kept.life
    purposes, day = list(agreed(life.number)), life.consented_on
    row = uuid7(), patient.id, patient.site_id, FORM_VERSION, purposes, day, _at(day)
    return *row, [], "", "", ""


def _infusion(kept: Kept, stage: Stage) -> Row:
    given = kept.life.infusion
    indication = stage.indications.get(given.indication)
    return (
        *(kept.infusion, *kept.visit_keys, indication.id if indication else None),
        *(given.off_label_reason, given.infused_on, given.lot, given.chain_of_identity),
        *(given.dose_cells, given.lymphodepletion, given.prior_lines),
        *(1 + bool(given.details.recorded()), _at(kept.life.registered_on)),
        *stored(given.details).values(),
    )


def _schedule(kept: Kept, world: World, protocol: ReferenceItem) -> Row:
    day_zero, end = kept.life.infusion.infused_on, visit_states.ended_on(kept.life)
    return (
        *(kept.schedule, kept.infusion, *kept.visit_keys, protocol.id, day_zero),
        *(max(day_zero, world.today) + HORIZON, end, "death" if end else ""),
        _at(kept.life.registered_on),
    )


def _planned(kept: Kept) -> Iterator[Row]:
    for number, line in zip(kept.numbers, kept.lines, strict=True):
        visit = line.visit
        yield (
            *(number, kept.schedule, *kept.visit_keys, visit.code, visit.window_start),
            *(visit.target, visit.window_end, line.state, line.done_on, line.snoozed_to),
            *(line.unanswered, 1),
        )


def _number_of(kept: Kept, code: str) -> int | None:
    codes = (line.visit.code for line in kept.lines)
    return next((n for n, c in zip(kept.numbers, codes, strict=True) if c == code), None)


def _visits(kept: Kept) -> Iterator[Row]:
    first = kept.life.registered_on
    for fact in kept.life.visits:
        died, progressed = fact.died_on, fact.progressed_on
        yield (
            *(uuid7(), _number_of(kept, fact.code), *kept.visit_keys, fact.on, fact.contact_type),
            *(fact.informant, fact.vital_status, died.isoformat() if died else ""),
            *(fact.death_cause, fact.death_cause_code, fact.autopsy, fact.disease_status),
            *(progressed.isoformat() if progressed else "", fact.new_malignancy),
            *(fact.other_event, fact.new_therapy, fact.therapy_note, "", kept.staff),
            *(_at(max(first, fact.on)) + timedelta(hours=5), 1, ""),
            fact.unanswered_reason,
            *(Jsonb(dict.fromkeys(fact.done, contents.DONE)), fact.outside, ""),
        )


def _attempts(kept: Kept) -> Iterator[Row]:
    for fact in kept.life.attempts:
        looked_up = fact.method == AttemptMethod.REGISTRY_LINKAGE
        yield (
            *(uuid7(), _number_of(kept, fact.code), *kept.visit_keys, fact.on, fact.method),
            *("NO_ENTRY" if looked_up else "NO_ANSWER", fact.next_try_on, "", kept.staff),
            _at(fact.on) + timedelta(hours=2),
        )
