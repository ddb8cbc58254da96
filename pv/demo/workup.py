"""The two stories from the suspicion on: what was reported, sampled, measured, and is still due."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import Sample
from pv.actions import workups
from pv.demo import casework
from pv.demo.facts import EventFact, Life
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage
from pv.demo.stories import JUST_REPORTED, RESULT_IN
from pv.models import WorkUp

LABORATORY = "示范中心实验室（上海）"
CARRIER = "示范冷链物流"
TAKEN = ("T1", "T2", "B1", "G1")  # collected at the event; the rest is still planned
SENT = (*TAKEN, "P1")
# Days from the suspicion to each step; the result comes a week before today at the latest.
RESULT_AFTER, RESULT_AGO = 54, 8
SETTLED = 60


@dataclass(frozen=True, slots=True)
class _Story:
    stage: Stage
    life: Life

    @property
    def fact(self) -> EventFact:
        """The suspected malignancy."""
        return self.life.events[-1]

    @property
    def store(self) -> str:
        """Where the hospital keeps material."""
        return f"{self.stage.sites[self.life.site].name_zh}样本库"

    def work_up(self) -> WorkUp:
        """The work-up the suspicion opened."""
        return WorkUp.objects.get(case=casework.case_of(self.stage, self.life, self.fact))

    def samples(self, *codes: str) -> list[Sample]:
        """The samples of the story by code."""
        chain = self.life.infusion.chain_of_identity
        rows = Sample.objects.filter(infusion__chain_of_identity=chain, code__in=codes)
        return list(rows.order_by("number"))


def steps(stage: Stage, life: Life) -> Iterable[DatedStep]:
    """What happens after the suspicion, as far as it is told."""
    story = _Story(stage, life)
    if life.story == JUST_REPORTED:
        yield _step(life, 1, partial(_held, story, "P1", "YES"))
    elif life.story == RESULT_IN:
        officer, fact = stage.of(Role.SAFETY_OFFICER), story.fact
        result = max(RESULT_AFTER, (clock.today() - fact.aware_on).days - RESULT_AGO)
        yield _step(life, 1, partial(casework.take_up, officer, stage, life, fact))
        yield _step(life, 1, partial(_request, story))
        yield _step(life, 2, partial(_held, story, "P1", "YES"))
        yield _step(life, 2, partial(_held, story, "P2", "YES"))
        yield _step(life, 2, partial(_held, story, "P3", "NO"))
        yield _step(life, 3, partial(_move, story, TAKEN, "COLLECT"))
        yield _step(life, 5, partial(_move, story, SENT, "SHIP"))
        yield _step(life, 7, partial(_move, story, SENT, "RECEIVE"))
        yield _step(life, 9, partial(_first_report, story))
        yield _step(life, result, partial(_result, story))


def aftermath(stage: Stage, life: Life, fact: EventFact, today: date) -> Iterable[DatedStep]:
    """Another second cancer, some time ago: looked into, treated elsewhere, nothing to be had."""
    if not fact.is_new_malignancy or life.story or (today - fact.aware_on).days < SETTLED:
        return
    yield _after(life, fact, 3, partial(_triage, stage, life, fact))
    yield _after(life, fact, 35, partial(_unobtainable, stage, life, fact))


def _triage(stage: Stage, life: Life, fact: EventFact) -> None:
    work_up = WorkUp.objects.get(case=casework.case_of(stage, life, fact))
    workups.advance(stage.of(Role.SAFETY_OFFICER), work_up, event="TRIAGE")


def _unobtainable(stage: Stage, life: Life, fact: EventFact) -> None:
    rows = Sample.objects.filter(
        infusion__chain_of_identity=life.infusion.chain_of_identity, state="PLANNED"
    )
    samples.record_steps(
        stage.at(Role.PHYSICIAN, life.site),
        list(rows),
        step="MARK_UNOBTAINABLE",
        happened_at=_today(),
        reason="TREATED_ELSEWHERE",
    )


def _step(life: Life, days: int, do: Callable[[], object]) -> DatedStep:
    return _after(life, life.events[-1], days, do)


def _after(life: Life, fact: EventFact, days: int, do: Callable[[], object]) -> DatedStep:
    begun = max(life.registered_on, fact.aware_on)
    return DatedStep(begun + timedelta(days=days), 6, life.number, do)


def _today() -> Moment:
    return Moment(clock.today())


def _first_report(story: _Story) -> None:
    officer = story.stage.of(Role.SAFETY_OFFICER)
    case = casework.case_of(story.stage, story.life, story.fact)
    reviewer = story.stage.of(Role.MEDICAL_REVIEWER)
    casework.release(officer, reviewer, case, on=clock.today())


def _request(story: _Story) -> None:
    """Triage, the pathology's answers, and the request for samples."""
    officer = story.stage.of(Role.SAFETY_OFFICER)
    work_up = workups.advance(officer, story.work_up(), event="TRIAGE")
    answers = {
        "malignant_histology": "YES",
        "t_cell_pathology": "YES",
        "after_infusion": "YES",
        "relapse": "NO",
    }
    work_up = workups.answer(officer, work_up, answers=answers, version=work_up.version)
    workups.advance(officer, work_up, event="REQUEST_SAMPLES")


def _held(story: _Story, code: str, held: str) -> None:
    """Whether material from before the infusion is kept, and where."""
    doctor = story.stage.at(Role.PHYSICIAN, story.life.site)
    for sample in story.samples(code):
        samples.answer_held(
            doctor,
            sample,
            held=held,
            happened_at=_today(),
            place=f"{story.store}，液氮罐" if held == "YES" else "",
            reason="" if held == "YES" else "NOT_RETAINED",
        )


def _move(story: _Story, codes: tuple[str, ...], step: str) -> None:
    """One step of custody for several samples at once."""
    at_site = step != "RECEIVE"
    actor = (
        story.stage.at(Role.PHYSICIAN, story.life.site)
        if at_site
        else story.stage.of(Role.SAFETY_OFFICER)
    )
    samples.record_steps(
        actor,
        story.samples(*codes),
        step=step,
        happened_at=_today(),
        place=story.store if at_site else LABORATORY,
        carrier=CARRIER if step == "SHIP" else "",
        abroad=False if step == "SHIP" else None,
        condition="dry_ice" if step == "RECEIVE" else "",
    )


def _result(story: _Story) -> None:
    """Transgene and phenotype of the tumour; clonality and integration sites are awaited."""
    today = clock.today()
    phenotype = ResultInput(
        assay="IMMUNOPHENOTYPE",
        method="FLOW",
        finding="T_CELL",
        laboratory=LABORATORY,
        resulted_on=today - timedelta(days=1),
        received_on=today,
        final=True,
        comment="CD3+、CD4+、CD5+、CD7-",
    )
    transgene = ResultInput(
        assay="CAR_TRANSGENE",
        method="DDPCR",
        finding="POSITIVE",
        measure="transgene_per_cell",
        value=Decimal("0.62"),
        lower_limit=Decimal("0.01"),
        detection_limit=Decimal("0.003"),
        lod_met=True,
        tumour_content=Decimal("70"),
        laboratory=LABORATORY,
        resulted_on=today - timedelta(days=1),
        received_on=today,
        final=False,
        comment="初步报告；TCR克隆性与整合位点分析进行中",
    )
    for sample in story.samples("T1"):
        for given in (phenotype, transgene):
            samples.record_result(story.stage.of(Role.SAFETY_OFFICER), sample, given=given)
