"""Treatments and stays of the demo: later therapies, immunoglobulin, growth factor, vaccines.

Told for the first patients of the SH01 hospital, as their laboratory values are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from followup.actions import concomitant_care
from followup.core.permissions import Role
from followup.domain.concomitant_care import NO, UNKNOWN, YES, Care, CareKind
from followup.domain.dates import PartialDate
from followup.models import Infusion
from pv.demo.facts import Life
from pv.demo.laboratory import MOST, SITE
from pv.demo.replay import DatedStep
from pv.demo.setup import Stage

# What the words of a contact say of a later therapy, as data: code, mutagenic.
THERAPIES = {
    "来那度胺维持": ("IMID", YES),
    "放疗": ("RADIATION", YES),
    "BTK抑制剂": ("BTKI", NO),
    "化疗": ("CHEMO", YES),
    "双特异性抗体": ("BISPECIFIC", NO),
    "异基因造血干细胞移植": ("ALLO_HSCT", YES),
}


@dataclass(frozen=True, slots=True)
class Usual:
    """What every so many patients get, from one day after the infusion to another."""

    every: int
    first: int
    last: int | None
    told: int
    kind: CareKind
    more: Mapping[str, Any]


USUAL = (
    Usual(
        *(2, 6, 9, 9, CareKind.HAEMATOPOIETIC_SUPPORT),
        {"detail": "G_CSF", "dose": Decimal(300), "dose_unit": "UG", "given_for": "中性粒细胞减少"},
    ),
    Usual(
        *(3, 90, None, 95, CareKind.IMMUNOGLOBULIN),
        {
            "detail": "IV",
            "dose": Decimal("0.4"),
            "dose_unit": "G_KG",
            "given_for": "低丙种球蛋白血症",
        },
    ),
    Usual(*(4, 55, 61, 62, CareKind.HOSPITAL_STAY), {"detail": "WARD", "given_for": "肺部感染"}),
    Usual(*(5, 199, None, 200, CareKind.VACCINATION), {"name": "流感疫苗", "live_vaccine": NO}),
    Usual(
        *(6, 11, None, 12, CareKind.TRANSFUSION),
        {"detail": "PLATELETS", "dose": Decimal(1), "dose_unit": "UNIT"},
    ),
)


def steps(stage: Stage, life: Life, today: date) -> Iterable[DatedStep]:
    """What was given and sought, each told on a day the hospital followed the patient."""
    if life.site != SITE or life.number >= MOST:
        return
    died = life.died_on.earliest if life.died_on else today
    for on, care in (*_later_therapies(life), *_usual(life)):
        if life.registered_on <= on < min(died, today):
            yield DatedStep(on, 4, life.number, partial(_record, stage, life, care))


def _later_therapies(life: Life) -> Iterator[tuple[date, Care]]:
    """The therapies told at contacts; of their beginning the month is known."""
    for visit in life.visits:
        if visit.therapy_note in THERAPIES:
            detail, mutagenic = THERAPIES[visit.therapy_note]
            care = Care(
                kind=CareKind.SUBSEQUENT_THERAPY,
                detail=detail,
                name=visit.therapy_note,
                started=PartialDate.from_iso(visit.on.isoformat()[:7]),
                ongoing=UNKNOWN,
                mutagenic=mutagenic,
            )
            yield visit.on, care


def _usual(life: Life) -> Iterator[tuple[date, Care]]:
    """By the number of the patient, so that the same seed gives the same demo."""
    infused = life.infusion.infused_on
    for each in USUAL:
        if life.number % each.every == 0:
            ended = PartialDate.of(infused + timedelta(each.last)) if each.last else None
            start = PartialDate.of(infused + timedelta(each.first))
            care = Care(kind=each.kind, started=start, ended=ended, **each.more)
            yield infused + timedelta(each.told), care


def _record(stage: Stage, life: Life, care: Care) -> None:
    infusion = Infusion.objects.select_related("patient").get(
        chain_of_identity=life.infusion.chain_of_identity
    )
    nurse = stage.at(Role.NURSE, life.site)
    concomitant_care.record(nurse, infusion.patient, given=care)
