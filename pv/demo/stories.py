"""Two suspected T-cell malignancies, invented, at different steps of the work-up.

Nothing of the kind had been reported in China when this was written; the demo needs them because
this is what the product is for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from followup.domain.dates import PartialDate
from pv.demo.diseases import SECOND_CANCER
from pv.demo.facts import EventFact, Life, World
from pv.demo.lives import first_life

JUST_REPORTED = "just_reported"
RESULT_IN = "result_in"
NUMBERS = 900_001  # above every ordinary life, so that numbers never meet


@dataclass(frozen=True, slots=True)
class Story:
    """Days before today on which the infusion and the suspicion lie."""

    name: str
    product: str
    site: str
    infused: int
    aware: int


STORIES = (
    Story(JUST_REPORTED, "AXI_CEL", "SH01", 640, 3),
    Story(RESULT_IN, "EQUE_CEL", "NJ01", 905, 62),
)


def stories(world: World) -> Iterator[Life]:
    """One life for each story whose product was approved in time."""
    for index, story in enumerate(STORIES):
        infused_on = world.today - timedelta(days=story.infused)
        use = next(
            (u for u in world.uses if u.product == story.product and u.since <= infused_on), None
        )
        site = next(site for site in world.sites if site.code == story.site)
        if use is not None:
            number = NUMBERS + index
            told = first_life(quiet, number, world, site=site, use=use, infused_on=infused_on)
            yield _with(told, story, world.today)


def quiet(told: Life) -> bool:
    """Without death, loss or second cancer."""
    malignancy = any(event.is_new_malignancy for event in told.events)
    return not (told.died_on or told.lost_on or malignancy)


def until(told: Life, day: date) -> Life:
    """A life of which nothing is known from a day on."""
    return replace(
        told,
        visits=tuple(visit for visit in told.visits if visit.on < day),
        attempts=tuple(attempt for attempt in told.attempts if attempt.on < day),
        events=tuple(event for event in told.events if event.aware_on < day),
    )


def _with(told: Life, story: Story, today: date) -> Life:
    aware = today - timedelta(days=story.aware)
    made = _just_reported(aware) if story.name == JUST_REPORTED else _result_in(aware)
    # From the suspicion on the patient is on the ward, not on the phone.
    before = until(told, aware)
    return replace(before, events=(*before.events, made), story=story.name)


def _just_reported(aware: date) -> EventFact:
    onset = aware - timedelta(days=24)
    return EventFact(
        aware_on=aware,
        onset=PartialDate(onset.year, onset.month),
        verbatim="颈部、腋窝淋巴结肿大伴发热，外院穿刺提示T细胞淋巴瘤可能",
        serious=True,
        seriousness=("HOSPITALISATION", "OTHER_IMPORTANT"),
        outcome="NOT_RECOVERED",
        causality="CONDITIONAL",
        is_new_malignancy=True,
        t_cell_suspected=True,
        pathology="PENDING",
        pathology_note="淋巴结粗针穿刺已送检，正式病理报告未出",
        transgene="NOT_DONE",
        specimen_kept="YES",
        coded=SECOND_CANCER,
        note="家属来电告知，患者已住院",
    )


def _result_in(aware: date) -> EventFact:
    return EventFact(
        aware_on=aware,
        onset=PartialDate.of(aware - timedelta(days=17)),
        verbatim="皮肤多发结节，活检病理：外周T细胞淋巴瘤，非特指型",
        serious=True,
        seriousness=("OTHER_IMPORTANT",),
        outcome="NOT_RECOVERED",
        causality="POSSIBLE",
        is_new_malignancy=True,
        t_cell_suspected=True,
        pathology="AVAILABLE",
        pathology_note="皮肤及皮下组织T细胞淋巴瘤浸润，TCR基因重排阳性",
        immunophenotype="CD3+ CD4+ CD8- CD5减弱 CD7- CD30部分+ ALK- EBER-，Ki-67约60%",
        transgene="PENDING",
        specimen_kept="YES",
        coded=SECOND_CANCER,
    )
