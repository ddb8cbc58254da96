"""Half a million patients for measurements: worklist rows by COPY, without histories."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from uuid import UUID

from followup.actions.infusion_details import stored
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.domain import schedules
from followup.domain.infusion_details import InfusionDetails
from followup.domain.protocols import Protocol
from followup.domain.visits import FollowUpState
from followup.models import Infusion, Patient, PlannedVisit, ReferenceItem, Schedule
from followup.models.states import PATIENT_FOLLOW_UP
from pv.demo import bulk, persons
from pv.demo.copying import Row, copy, pour
from pv.demo.facts import World
from pv.demo.lives import HORIZON, SPAN
from pv.demo.setup import Stage

BLOCK = 2_000
KEPT = 0.82
FIRST = 10_000_000  # above every number of a told life

_VISIT = (
    *("schedule_id", "patient_id", "site_id", "product_id", "code", "window_start", "target"),
    *("due", "state", "done_on", "snoozed_to", "unanswered", "due_version"),
)


@dataclass(frozen=True, slots=True)
class Member:
    """The keys of one patient of the crowd."""

    number: int
    patient: Patient
    site: str
    indication: str
    keys: tuple[UUID, UUID, UUID]
    infusion: UUID
    schedule: UUID
    day_zero: date


@dataclass(frozen=True, slots=True)
class Endings:
    """The end of a line of COPY for one planned visit: as kept, and as not kept."""

    kept: str
    not_kept: str


def _endings(protocol: Protocol, day_zero: date, today: date) -> Sequence[Endings]:
    """All lines depend on day zero alone, so they are made once for each day."""
    planned = schedules.plan(day_zero, protocol, max(day_zero, today) + HORIZON)
    made = []
    for index, visit in enumerate(planned):
        following = planned[index + 1].window_start if index + 1 < len(planned) else None
        days = f"{visit.code}\t{visit.window_start}\t{visit.target}\t{visit.window_end}"
        past = following is not None and following <= today
        state = "MISSED" if past else "PLANNED"
        if visit.window_end < day_zero:  # the crowd is registered on the day of the infusion
            state = "BEFORE_REGISTER"
        open_line = f"{days}\t{state}\t\\N\t\\N\t0\t1\n"
        done = f"{days}\tDONE_IN_WINDOW\t{visit.target}\t\\N\t0\t1\n"
        made.append(Endings(done if visit.target <= today else open_line, open_line))
    return made


class BulkPatients:
    """Draws members and writes them block by block, each block one action."""

    def __init__(self, stage: Stage, world: World, item: ReferenceItem, *, named: bool) -> None:
        self.stage, self.world, self.item, self.named = stage, world, item, named
        self._codes = bulk.Codes(stage)
        self.endings = lru_cache(maxsize=SPAN + 1)(
            lambda day: _endings(world.protocol, day, world.today)
        )

    def members(self, start: int, count: int) -> Iterator[Member]:
        """The members of one block; numbers begin at `start`."""
        rng = Random(f"{self.world.seed}/crowd/{start}")
        sites, uses = self.world.sites, self.world.uses
        for number in range(start, start + count):
            site = rng.choices(sites, weights=[s.weight for s in sites])[0]
            use = rng.choices(uses, weights=[u.weight for u in uses])[0]
            span = max(3, min(SPAN, (self.world.today - use.since).days))
            day_zero = self.world.today - timedelta(days=rng.randint(2, span))
            patient = self._patient(rng, site.code, day_zero)
            product = self.stage.products[use.product].id
            keys = (patient.id, patient.site_id, product)
            yield Member(
                number, patient, site.code, use.indication, keys, uuid7(), uuid7(), day_zero
            )

    def _patient(self, rng: Random, site: str, day_zero: date) -> Patient:
        return Patient(
            id=uuid7(),
            site=self.stage.sites[site],
            study_code=self._codes.next(site),
            sex=rng.choice(("MALE", "FEMALE")),
            birth_year=day_zero.year - rng.randint(19, 79),
            vital_status="ALIVE",
            follow_up_state=PATIENT_FOLLOW_UP.start(FollowUpState.ACTIVE),
            state_since=day_zero,
            last_contact_on=day_zero,
            registered_at=_at(day_zero),
        )

    def visits(self, rng: Random, members: Sequence[Member]) -> Iterator[str]:
        """Lines of columns, one block of text a member."""
        draw = rng.random
        for member in members:
            head = f"{member.schedule}\t" + "\t".join(map(str, member.keys)) + "\t"
            yield "".join(
                head + (ending.kept if draw() < KEPT else ending.not_kept)
                for ending in self.endings(member.day_zero)
            )


@action("demo.crowd", needs=Perm.SYSTEM)
def write_block(actor: Actor, *, crowd: BulkPatients, start: int, count: int) -> None:
    """Write one block of the crowd; a block is a transaction of its own."""
    members = list(crowd.members(start, count))
    copy(Patient, bulk.PATIENT, ([getattr(m.patient, c) for c in bulk.PATIENT] for m in members))
    if crowd.named:
        bulk.copy_identities(_identities(crowd, members), crowd.world.today)
    indications = {code: row.id for code, row in crowd.stage.indications.items()}
    copy(Infusion, bulk.INFUSION, (_infusion(m, indications) for m in members))
    copy(Schedule, bulk.SCHEDULE, (_schedule(m, crowd) for m in members))
    rng = Random(f"{crowd.world.seed}/visits/{start}")
    pour(PlannedVisit, _VISIT, crowd.visits(rng, members))


def gather(actor: Actor, crowd: BulkPatients, count: int) -> Iterator[int]:
    """Write `count` patients; yields how many are there after each block."""
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        write_block(actor, crowd=crowd, start=FIRST + start, count=size)
        yield start + size


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), clock.SHANGHAI)


def _identities(
    crowd: BulkPatients, members: Sequence[Member]
) -> Iterator[tuple[persons.Person, Patient]]:
    provinces = {spec.code: spec.province for spec in crowd.world.sites}
    for member in members:
        rng = Random(f"{crowd.world.seed}/person/{member.number}")
        person = persons.person(
            rng,
            sex=member.patient.sex,
            birth_date=date(member.patient.birth_year or 1970, rng.randint(1, 12), 15),
            province=provinces[member.site],
            number=member.number,
        )
        yield person, member.patient


def _infusion(member: Member, indications: Mapping[str, UUID]) -> Row:
    return (
        *(member.infusion, *member.keys, indications[member.indication], "", member.day_zero),
        *(f"LOT{member.day_zero:%y%m}", f"COI-{member.number}", None, "", None, 1),
        _at(member.day_zero),
        *stored(InfusionDetails()).values(),
    )


def _schedule(member: Member, crowd: BulkPatients) -> Row:
    return (
        *(member.schedule, member.infusion, *member.keys, crowd.item.id, member.day_zero),
        *(max(member.day_zero, crowd.world.today) + HORIZON, None, "", _at(member.day_zero)),
    )
