"""Whole lives: patient, infusion, contacts, events and death, given a seed and today."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from followup.domain import schedules
from followup.domain.dates import PartialDate
from pv.demo import contacts, persons
from pv.demo.diseases import CHILDREN, DISEASES, course
from pv.demo.facts import Course, EventFact, InfusionFact, Life, SiteSpec, Use, World
from pv.demo.infusion_details import details
from pv.demo.toxicities import FATAL_INFECTION, toxicities

SPAN = 5 * 365  # days of treatment history
HORIZON = timedelta(days=730)
OFF_LABEL = 0.015
ATTEMPTS = 1_000
DOSES = {
    "AXI_CEL": (130, 200),
    "RELMA_CEL": (95, 105),
    "EQUE_CEL": (55, 85),
    "INATI_CEL": (20, 45),
    "ZEVOR_CEL": (140, 155),
    "CILTA_CEL": (38, 65),
    "RENI_CEL": (90, 130),
    "PCAR_19B": (8, 40),
    "SATRI_CEL": (240, 255),
}
LYMPHODEPLETION = (
    "氟达拉滨 30 mg/m²×3天 + 环磷酰胺 500 mg/m²×3天",
    "氟达拉滨 25 mg/m²×3天 + 环磷酰胺 250 mg/m²×3天",
    "氟达拉滨 30 mg/m²×3天 + 环磷酰胺 300 mg/m²×3天",
)


def lives(world: World, count: int) -> Iterator[Life]:
    """`count` lives; life n does not depend on the count.

    The first lives take each use in turn, so that every product is there in a small world too.
    """
    for number in range(count):
        rng = Random(f"{world.seed}/{number}")
        infused_on, use = _treatment(rng, number, world)
        site = rng.choices(world.sites, weights=[site.weight for site in world.sites])[0]
        yield life(rng, number, world, site=site, use=use, infused_on=infused_on)


def _treatment(rng: Random, number: int, world: World) -> tuple[date, Use]:
    """Day zero and what was given; treatments grow more common with the years."""
    today = world.today
    possible = [use for use in world.uses if use.since <= today - timedelta(days=3)]
    if number < len(possible):
        use = possible[number]
        return today - timedelta(days=rng.randint(2, min(SPAN, (today - use.since).days))), use
    while True:
        infused_on = today - timedelta(days=2 + int((SPAN - 2) * rng.random() ** 1.35))
        approved = [use for use in possible if use.since <= infused_on]
        if approved:
            return infused_on, rng.choices(approved, weights=[u.weight for u in approved])[0]


def life(
    rng: Random, number: int, world: World, *, site: SiteSpec, use: Use, infused_on: date
) -> Life:
    """One life from day zero to today."""
    today, disease = world.today, DISEASES[use.disease]
    mean, spread, low, high = CHILDREN if use.product == "PCAR_19B" else disease.age
    sex = "MALE" if rng.random() < disease.men else "FEMALE"
    born = persons.birth_date(rng, on=infused_on, mean=mean, spread=spread, low=low, high=high)
    person = persons.person(rng, sex=sex, birth_date=born, province=site.province, number=number)
    fate = course(rng, use.disease, infused_on, today)
    last = fate.died_on or today
    events = sorted(
        [*toxicities(rng, infused_on, last), *fate.malignancies, *_fatal(rng, fate, today)],
        key=lambda event: event.aware_on,
    )
    planned = schedules.plan(infused_on, world.protocol, max(infused_on, today) + HORIZON)
    told = contacts.tell(rng, planned, fate, events, infused_on=infused_on, today=today)
    known = [event for event in events if told.lost_on is None or event.aware_on < told.lost_on]
    return Life(
        number=number,
        site=site.code,
        person=person,
        infusion=infusion(rng, number, use, infused_on),
        consented_on=infused_on - timedelta(days=rng.randint(7, 24)),
        registered_on=min(today, infused_on + timedelta(days=rng.choice((0, 0, 1, 1, 2, 3)))),
        visits=told.visits,
        attempts=told.attempts,
        events=tuple(known),
        lost_on=told.lost_on,
    )


def first_life(
    fits: Callable[[Life], bool],
    number: int,
    world: World,
    *,
    site: SiteSpec,
    use: Use,
    infused_on: date,
) -> Life:
    """The first of a row of lives that fits; LookupError when none does."""
    for attempt in range(ATTEMPTS):
        rng = Random(f"{world.seed}/{number}/{attempt}")
        told = life(rng, number, world, site=site, use=use, infused_on=infused_on)
        if fits(told):
            return told
    raise LookupError(f"no life fits for number {number} with seed {world.seed}")


def _fatal(rng: Random, fate: Course, today: date) -> list[EventFact]:
    """A death of toxicity or infection is an event of its own; one of the disease is not."""
    if fate.died_on is None or not fate.cause or fate.progressed_on is not None:
        return []
    aware = min(today, fate.died_on + timedelta(days=rng.randint(0, 2)))
    return [
        EventFact(
            aware_on=aware,
            onset=PartialDate.of(fate.died_on - timedelta(days=rng.randint(1, 8))),
            verbatim=f"{fate.cause}，死亡",
            serious=True,
            seriousness=("DEATH", "HOSPITALISATION"),
            grade=5,
            grade_scale="CTCAE_5",
            outcome="FATAL",
            causality=rng.choice(("PROBABLE", "POSSIBLE")),
            classified=FATAL_INFECTION if "感染" in fate.cause else (),
            coded="10040047" if "感染" in fate.cause else "10052015",
        )
    ]


def infusion(rng: Random, number: int, use: Use, infused_on: date) -> InfusionFact:
    """Dose, lot and chain of identity of one infusion; now and then outside the label."""
    low, high = DOSES.get(use.product, (80, 120))
    off_label = number >= 30 and rng.random() < OFF_LABEL
    given = InfusionFact(
        product=use.product,
        indication="" if off_label else use.indication,
        disease=use.disease,
        infused_on=infused_on,
        lot=f"{use.product[:3]}{infused_on:%y%m}{rng.randint(1, 99):02d}",
        chain_of_identity=f"COI-{use.product[:3]}-{number:07d}",
        dose_cells=Decimal(rng.randint(low * 10, high * 10)) / 10,
        lymphodepletion=rng.choice(LYMPHODEPLETION),
        prior_lines=rng.randint(*DISEASES[use.disease].prior_lines),
        off_label_reason="多学科会诊后拓展使用，已获伦理备案" if off_label else "",
    )
    made = details(
        number,
        product=use.product,
        infused_on=infused_on,
        dose=given.dose_cells,
        lines=given.prior_lines,
    )
    return replace(given, details=made)
