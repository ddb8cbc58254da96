"""Living the lives: each fact at its own moment, through the action a person would use."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from followup.actions import events, infusion_details, patients, schedules, visits
from followup.actions.consent_papers import ConsentInput
from followup.actions.events import EventInput
from followup.actions.follow_up_status import tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.identity import Contact, IdentityInput
from followup.actions.patients import InfusionInput
from followup.actions.visits import VisitInput
from followup.core import clock, confirmations
from followup.core.actor import Actor
from followup.core.permissions import Role
from followup.core.problems import Refused
from followup.domain import contents
from followup.domain.contacts import AttemptMethod, AttemptOutcome
from followup.domain.visits import RECORDABLE, FollowUpState
from followup.models import AdverseEvent, Infusion, Patient, PlannedVisit
from pv.demo.facts import AttemptFact, EventFact, Life, VisitFact
from pv.demo.persons import Person
from pv.demo.setup import FORM_VERSION, Stage, agreed


@dataclass(frozen=True, slots=True)
class DatedStep:
    """Something that happens on a day; `order` settles what comes first on one day."""

    on: date
    order: int
    number: int
    do: Callable[[], object]

    @property
    def at(self) -> datetime:
        """Office hours, later for what comes later on the day."""
        minutes = 8 * 60 + self.order * 75 + self.number % 60
        start = datetime.combine(self.on, time(0), clock.SHANGHAI)
        return start + timedelta(minutes=minutes)


class Telling:
    """Keeps what was made of each life, so that later facts find it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.infusions: dict[int, Infusion] = {}
        self._planned: dict[int, dict[str, PlannedVisit]] = {}

    def steps(self, life: Life) -> Iterable[DatedStep]:
        """Every fact of a life as a step; nothing is recorded before the registration."""
        first = life.registered_on
        yield DatedStep(first, 0, life.number, lambda: self.register(life))
        if life.infusion.details.recorded():
            yield DatedStep(first, 7, life.number, lambda: self.describe(life))
        for visit in life.visits:
            yield self._visit(life, visit, first)
        for attempt in life.attempts:
            yield self._attempt(life, attempt, first)
        for event in life.events:
            yield self._event(life, event, first)
        if life.lost_on:
            yield DatedStep(max(first, life.lost_on), 8, life.number, lambda: self.lose(life))

    def _visit(self, life: Life, fact: VisitFact, first: date) -> DatedStep:
        order = 4 if fact.vital_status == "DEAD" else 2
        return DatedStep(max(first, fact.on), order, life.number, lambda: self.visit(life, fact))

    def _attempt(self, life: Life, fact: AttemptFact, first: date) -> DatedStep:
        return DatedStep(max(first, fact.on), 1, life.number, lambda: self.attempt(life, fact))

    def _event(self, life: Life, fact: EventFact, first: date) -> DatedStep:
        return DatedStep(max(first, fact.aware_on), 3, life.number, lambda: self.event(life, fact))

    def register(self, life: Life) -> Patient:
        """The patient with identity, consent, infusion and schedule."""
        given, stage = life.infusion, self.stage
        patient = patients.register(
            stage.at(Role.NURSE, life.site),
            stage.sites[life.site],
            sex=life.person.sex,
            identity=identity(life.person),
            consent=ConsentInput(FORM_VERSION, agreed(life.number), life.consented_on),
            infusion=InfusionInput(
                product=stage.products[given.product],
                indication=stage.indications.get(given.indication),
                infused_on=given.infused_on,
                lot=given.lot,
                chain_of_identity=given.chain_of_identity,
                dose_cells=given.dose_cells,
                lymphodepletion=given.lymphodepletion,
                prior_lines=given.prior_lines,
                off_label_reason=given.off_label_reason,
            ),
        )
        self.infusions[life.number] = Infusion.objects.select_related("product", "patient").get(
            patient=patient
        )
        return patient

    def describe(self, life: Life) -> None:
        """How the product was made and given, by the nurse of the site, later on the day."""
        row = Infusion.objects.get(id=self.infusions[life.number].id)
        infusion_details.describe(
            self.stage.at(Role.NURSE, life.site),
            row,
            given=life.infusion.details,
            version=row.version,
            confirmed=confirmations.ALL_CONFIRMED,
        )

    def planned(self, life: Life, code: str) -> PlannedVisit | None:
        """The planned visit of a code, if any; all of a life are read at once and kept."""
        known = self._planned.get(life.number, {})
        if code not in known:
            rows = PlannedVisit.objects.filter(schedule__infusion=self.infusions[life.number])
            known = self._planned[life.number] = {row.code: row for row in rows}
        return known.get(code)

    def visit(self, life: Life, fact: VisitFact) -> None:
        """A contact, by the nurse of the site."""
        visits.record(
            self.stage.at(Role.NURSE, life.site),
            self.infusions[life.number],
            planned=self.planned(life, fact.code) if fact.code else None,
            given=VisitInput(
                contact_on=fact.on,
                informant=fact.informant,
                vital_status=fact.vital_status,
                contact_type=fact.contact_type,
                died_on=fact.died_on,
                death_cause=fact.death_cause,
                death_cause_code=fact.death_cause_code,
                autopsy=fact.autopsy,
                disease_status=fact.disease_status,
                progressed_on=fact.progressed_on,
                new_malignancy=fact.new_malignancy,
                other_event=fact.other_event,
                new_therapy=fact.new_therapy,
                therapy_note=fact.therapy_note,
                unanswered_reason=fact.unanswered_reason,
                assessments=dict.fromkeys(fact.done, contents.DONE),
                counts_outside=fact.outside,
            ),
        )

    def attempt(self, life: Life, fact: AttemptFact) -> None:
        """An unsuccessful call, unless the visit was recorded meanwhile; tracing of the lost."""
        if life.lost_on is not None:
            self.seek(life, fact)
            return
        planned = self.planned(life, fact.code)
        if planned is not None:
            planned.refresh_from_db()
        if planned is not None and planned.state in RECORDABLE:
            nurse = self.stage.at(Role.NURSE, life.site)
            later = max(fact.next_try_on, clock.today() + timedelta(days=1))
            visits.not_reached(nurse, planned, next_try_on=later, method=fact.method)

    def seek(self, life: Life, fact: AttemptFact) -> None:
        """An attempt of a search on its own day, which may lie before the registration."""
        patient = Patient.objects.get(id=self.infusions[life.number].patient_id)
        if patient.follow_up_state != FollowUpState.DEAD:
            looked_up = fact.method == AttemptMethod.REGISTRY_LINKAGE
            result = AttemptOutcome.NO_ENTRY if looked_up else AttemptOutcome.NO_ANSWER
            given = AttemptInput(fact.on, fact.method, result)
            tracing.record_attempt(self.stage.at(Role.NURSE, life.site), patient, given=given)

    def event(self, life: Life, fact: EventFact) -> AdverseEvent:
        """An event, by the physician of the site; safety reacts in the same transaction."""
        role = Role.PHYSICIAN
        classified: dict[str, Any] = dict(fact.classified)
        return events.report(
            self.stage.at(role, life.site),
            self.infusions[life.number],
            given=EventInput(
                verbatim=fact.verbatim,
                aware_on=fact.aware_on,
                reporter_name=self.stage.named(role, life.site),
                reporter_qualification="PHYSICIAN",
                onset=fact.onset,
                serious=fact.serious,
                seriousness=fact.seriousness,
                grade=fact.grade,
                grade_scale=fact.grade_scale,
                outcome=fact.outcome,
                causality=fact.causality,
                is_new_malignancy=fact.is_new_malignancy,
                t_cell_suspected=fact.t_cell_suspected,
                pathology=fact.pathology,
                pathology_note=fact.pathology_note,
                immunophenotype=fact.immunophenotype,
                transgene=fact.transgene,
                specimen_kept=fact.specimen_kept,
                kind=fact.kind,
                note=fact.note,
                **classified,
            ),
        )

    def lose(self, life: Life) -> None:
        """The loss, by the physician of the site; a search too short to prove it goes on."""
        patient = self.infusions[life.number].patient
        with suppress(Refused):
            tracing.declare_lost(self.stage.at(Role.PHYSICIAN, life.site), patient)


def identity(person: Person) -> IdentityInput:
    """An invented person as typed into the form."""
    return IdentityInput(
        name=person.name,
        birth_date=person.birth_date,
        national_id=person.national_id,
        contacts=tuple(Contact(n.phone, n.whose, n.note) for n in person.numbers),
        address=person.address,
        hospital_number=person.hospital_number,
    )


def upkeep(actor: Actor, today: date) -> Iterable[DatedStep]:
    """What the system does month by month: roll the horizon, close what was missed."""
    for months in range(61, -1, -1):
        on = today - timedelta(days=30 * months)
        yield DatedStep(on, 9, 0, partial(keep_up, actor, on))


def keep_up(actor: Actor, on: date) -> None:
    """Extend schedules and close missed visits until nothing is left to do."""
    while schedules.extend(actor, today=on):
        pass
    while schedules.close_missed(actor, today=on):
        pass


def run(steps: Iterable[DatedStep]) -> int:
    """Do the steps in order of time, each under its own clock; returns how many."""
    ordered = sorted(steps, key=lambda step: (step.on, step.order, step.number))
    for step in ordered:
        with clock.pinned(step.at):
            step.do()
    return len(ordered)
