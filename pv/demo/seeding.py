"""Filling an empty database with the demo's world, all or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from followup.actions import reminders
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Patient, ReferenceItem
from followup.queries import protocols
from followup.queries import reminders as reminding
from pv.demo import (
    bulk,
    casework,
    clinical_assessments,
    concomitant_care,
    documents,
    drafting,
    gateways,
    kits,
    laboratory,
    practice,
    screening,
    source_documents,
    workup,
)
from pv.demo import setup as staging
from pv.demo.bulk_patients import BulkPatients, gather
from pv.demo.commitments import promise_all
from pv.demo.dispositions import dispositions
from pv.demo.dispositions import steps as ways
from pv.demo.facts import Life, World
from pv.demo.lives import lives
from pv.demo.registers import keep_registers
from pv.demo.replay import Telling, run, upkeep
from pv.demo.setup import Stage
from pv.demo.stories import stories
from pv.demo.world import SITES

# Quiet lives beyond this number are written in bulk; events and deaths go through their actions.
TOLD = 24


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was made: the patients who count, and how many of them by actions step by step."""

    patients: int
    told: int
    steps: int


def is_empty() -> bool:
    """Whether no patient is recorded."""
    return not Patient.objects.exists()


@action("demo.seed", needs=Perm.SYSTEM)
def seed(actor: Actor, *, count: int, seed: int) -> Seeded:
    """Make the demo's hospitals, people, patients and cases; the system may, never in production.

    The same count, seed and day give the same facts. Refused when patients are recorded.
    """
    stage, world, protocol = _begin(actor, seed)
    everybody = [*stories(world), *dispositions(world)][:count]
    everybody += lives(world, max(0, count - len(everybody)))
    aside = {life.number for life in everybody if life.number >= TOLD and not needs_telling(life)}
    quiet = [life for life in everybody if life.number in aside]
    quiet.sort(key=lambda life: (life.registered_on, life.number))
    bulk.write(actor, stage=stage, world=world, told=quiet, protocol=protocol)
    telling = Telling(stage)
    told = [life for life in everybody if life.number not in aside]
    steps = [step for life in told for step in telling.steps(life)]
    forgotten = casework.overlooked(told, world.today)
    for life in told:
        for event in life.events:
            steps += casework.steps(stage, life, event, world.today, left=event is forgotten)
            steps += workup.aftermath(stage, life, event, world.today)
        steps += casework.death(stage, life, world.today)
        steps += workup.steps(stage, life)
        steps += laboratory.steps(stage, life, world.today)
        steps += clinical_assessments.steps(stage, life, world.today)
        steps += concomitant_care.steps(stage, life, world.today)
        steps += ways(stage, life, world.today)
    done = run([*steps, *upkeep(actor, world.today)])
    laboratory.leave_file(stage)
    laboratory.leave_messages(stage)
    documents.leave(stage)
    source_documents.compare(stage)
    kits.stock(stage)
    practice.practise(stage)
    gateways.open_folders(stage)
    drafting.begin(stage)
    promise_all(actor, stage, world.today)
    keep_registers(stage, world.today)
    screening.keep_log(stage, world.today)
    remind(actor, world.today)
    return Seeded(patients=len(everybody), told=len(told), steps=done)


def fill_register(actor: Actor, *, count: int, seed: int, named: bool = False) -> Iterator[int]:
    """Make `count` patients with worklist rows only, for measurements; yields the progress.

    Committed block by block. `named` gives everybody an identity too, which takes longer.
    """
    with transaction.atomic():
        stage, world, protocol = _begin(actor, seed)
    yield from gather(actor, BulkPatients(stage, world, protocol, named=named), count)


def remind(actor: Actor, today: date) -> None:
    """The first sweep of every kind of obligation, so that the bells are not empty."""
    for kind in reminding.registered():
        reminders.sweep(actor, kind=kind, today=today)


def needs_telling(life: Life) -> bool:
    """Whether somebody must react to what happened: an event, a loss, a death, which is a case."""
    return bool(life.events or life.story or life.course or life.lost_on or life.died_on)


@action("demo.begin", needs=Perm.SYSTEM)
def _begin(actor: Actor, seed: int) -> tuple[Stage, World, ReferenceItem]:
    """The stage in an empty database that is not a production one."""
    refuse_production()
    if not is_empty():
        raise Refused(_("There are patients already; the demo needs an empty database."))
    return staging.build(actor), world_of(actor, seed), protocols.latest()


def world_of(actor: Actor, seed: int) -> World:
    """The world of a seed today, with the products and the protocol as loaded."""
    return World(
        seed=seed,
        today=clock.today(),
        sites=SITES,
        uses=staging.treatments(actor),
        protocol=protocols.of(protocols.latest()),
    )


def refuse_production() -> None:
    """The demo's passwords are public: Refused where real patients are."""
    if settings.PRODUCTION:
        raise Refused(_("The demo is never put into a production database."))
