"""Patients of the nurse's hospital whose follow-up took each of its ways, in a world of any size.

Chance alone would show a second infusion, a withdrawal or a transfer only in a large one.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from followup.actions import infusions, samples, transfers, visits
from followup.actions.follow_up_status import consents, tracing
from followup.actions.patients import InfusionInput
from followup.actions.transfers import TransferInput
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain import contents
from followup.domain.samples import Moment
from followup.domain.samples.assays import EXCURSION
from followup.models import Consent, Infusion, Patient, PlannedVisit
from followup.queries import protocols
from pv.demo.facts import Life, World
from pv.demo.lives import first_life
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage
from pv.demo.stories import quiet, until

NUMBERS = 910_001  # above every ordinary life and the stories
SITE = "SH01"
ELSEWHERE = "BJ01"  # the site of the register that takes patients over
REINFUSED, WITHDRAWN, TRANSFERRED = "reinfused", "withdrawn", "transferred"
MOVED, ASKED = "moved", "asked"  # to another site: accepted, and waiting for its answer


@dataclass(frozen=True, slots=True)
class Disposition:
    """`infused` and `since` are days before today; without `course` the life itself tells it."""

    infused: int
    fits: Callable[[Life], bool]
    course: str = ""
    since: int = 0


def _dead(told: Life) -> bool:
    """A death of a known day and cause, told by a relative and by no event."""
    death = next((visit for visit in told.visits if visit.died_on), None)
    if death is None or death.died_on is None or not death.died_on.exact or not death.death_cause:
        return False
    return not any("DEATH" in event.seriousness for event in told.events)


DISPOSITIONS = (
    Disposition(400, quiet, REINFUSED, 20),
    Disposition(500, quiet, WITHDRAWN, 45),
    Disposition(600, quiet, TRANSFERRED, 70),
    Disposition(800, quiet, MOVED, 12),
    Disposition(350, quiet, ASKED, 1),
    Disposition(1100, lambda told: told.lost_on is not None),
    Disposition(700, _dead),
)


def dispositions(world: World) -> Iterator[Life]:
    """One life for each way, given the product approved first of those in time."""
    site = next(site for site in world.sites if site.code == SITE)
    for index, wanted in enumerate(DISPOSITIONS):
        infused_on = world.today - timedelta(days=wanted.infused)
        use = next((use for use in world.uses if use.since <= infused_on), None)
        if use is None:
            continue
        told = first_life(
            wanted.fits, NUMBERS + index, world, site=site, use=use, infused_on=infused_on
        )
        if wanted.course:
            told = until(told, world.today - timedelta(days=wanted.since))
        yield replace(told, course=wanted.course)


def steps(stage: Stage, life: Life, today: date) -> Iterable[DatedStep]:
    """What the contacts do not tell of the follow-up of one life."""
    since = next((d.since for d in DISPOSITIONS if d.course == life.course), 0)
    day, key = today - timedelta(days=since), (stage, life)
    if life.course == WITHDRAWN:
        yield DatedStep(day, 7, life.number, partial(_withdraw, *key))
    elif life.course == TRANSFERRED:
        yield DatedStep(day, 7, life.number, partial(_transfer, *key))
    elif life.course in (MOVED, ASKED):
        yield DatedStep(day, 7, life.number, partial(_to_another_site, *key))
    elif life.course == REINFUSED:
        yield DatedStep(day, 7, life.number, partial(_reinfuse, *key))
        for passed in range(since + 1):
            yield DatedStep(day + timedelta(days=passed), 8, life.number, partial(_visit, *key))
        yield DatedStep(today - timedelta(days=2), 8, life.number, partial(_sample, *key))


def _first(life: Life) -> Infusion:
    return Infusion.objects.select_related("patient").get(
        chain_of_identity=life.infusion.chain_of_identity
    )


def _patient(life: Life) -> Patient:
    return _first(life).patient


def _withdraw(stage: Stage, life: Life) -> None:
    consent = Consent.objects.get(patient=_patient(life), withdrawn_on__isnull=True)
    consents.withdraw(
        stage.at(Role.NURSE, life.site),
        consent,
        withdrawn_on=clock.today(),
        reason="患者来电，不愿再接受随访",
    )


def _transfer(stage: Stage, life: Life) -> None:
    tracing.transfer(
        stage.at(Role.NURSE, life.site),
        _patient(life),
        on=clock.today(),
        reason="转至杭州示范医院血液科随访",
    )


def _to_another_site(stage: Stage, life: Life) -> None:
    given = TransferInput(
        to_site=stage.sites[ELSEWHERE],
        effective_on=clock.today(),
        reason="患者迁居北京，要求就近随访",
    )
    row = transfers.ask(stage.at(Role.NURSE, life.site), _patient(life), given=given)
    if life.course == MOVED:
        nurse = stage.at(Role.NURSE, ELSEWHERE)
        transfers.accept(nurse, transfer=row, effective_on=clock.today())


def _reinfuse(stage: Stage, life: Life) -> None:
    """A second dose of the same product, of a lot and a chain of identity of its own."""
    given, today = life.infusion, clock.today()
    infusions.reinfuse(
        stage.at(Role.NURSE, life.site),
        _patient(life),
        given=InfusionInput(
            product=stage.products[given.product],
            indication=stage.indications.get(given.indication),
            infused_on=today,
            lot=f"{given.product[:3]}{today:%y%m}77",
            chain_of_identity=f"{given.chain_of_identity}-2",
            dose_cells=given.dose_cells,
            lymphodepletion=given.lymphodepletion,
            prior_lines=given.prior_lines + 1,
        ),
    )


def _second(life: Life) -> Infusion:
    return Infusion.objects.get(chain_of_identity=f"{life.infusion.chain_of_identity}-2")


def _visit(stage: Stage, life: Life) -> None:
    """The visits of the second schedule whose target is today, on site, with all they ask for."""
    row = _second(life)
    due = PlannedVisit.objects.filter(
        schedule__infusion=row, target=clock.today(), state="PLANNED"
    ).select_related("schedule__protocol")
    for planned in due:
        protocol = protocols.of(planned.schedule.protocol)
        point = protocols.point(protocol, planned.code, planned.schedule.day_zero)
        done = contents.ticked(point.point) if point else ()
        visits.record(
            stage.at(Role.NURSE, life.site),
            row,
            planned=planned,
            given=VisitInput(
                contact_on=clock.today(),
                informant="PATIENT",
                vital_status="ALIVE",
                contact_type="ON_SITE",
                disease_status="NOT_ASSESSED",
                new_malignancy="NO",
                other_event="NO",
                new_therapy="NO",
                unanswered_reason="疗效评估未到时间",
                assessments=dict.fromkeys(done, contents.DONE),
            ),
        )


def _sample(stage: Stage, life: Life) -> None:
    """A tube that lay too long at room temperature: collected, and stored with its deviation."""
    doctor, today = stage.at(Role.PHYSICIAN, life.site), clock.today()
    tubes = samples.add(doctor, _second(life), codes=["V1"], planned_for=today)
    place = f"{stage.sites[life.site].name_zh}样本库"
    samples.record_steps(
        doctor, tubes, step="COLLECT", happened_at=Moment(today), place="门诊采血室"
    )
    samples.record_steps(
        doctor,
        tubes,
        step="STORE",
        happened_at=Moment(today),
        place=f"{place}，-80℃ 冰箱A",
        condition=EXCURSION,
        note="离心前室温放置约9小时",
    )
