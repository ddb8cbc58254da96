"""Sampling kits of the demo: on their way, in stock, soon over, over, lost, forwarded, used.

The one that was used had expired: the tube of the second infusion shows its deviation.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from followup.actions import samples
from followup.actions.samples import KitPart
from followup.core import clock
from followup.core.permissions import Role
from followup.domain.samples import Moment
from followup.models import CustodyEvent, Kit
from followup.queries import kits
from pv.demo.setup import Stage

SITE, OTHER = "SH01", "BJ01"
ASSEMBLER, BANK = "示范中心实验室（苏州）", "示范样本库（上海）"
PACKED = timedelta(days=60)


def _parts(last: date) -> list[KitPart]:
    """What the tubes of a yearly visit come in."""
    return [
        KitPart(specimen="V1", tubes="EDTA 管 10 mL × 2", lot="EDTA-2611", expires_on=last),
        KitPart(specimen="C1", tubes="EDTA 管 5 mL × 1", lot="EDTA-2611", expires_on=last),
        KitPart(
            specimen="F1",
            tubes="CPT 管 8 mL × 2",
            lot="CPT-0718",
            expires_on=last + timedelta(days=90),
        ),
    ]


def _pack(stage: Stage, copies: int, *, lasts: int, packed: date) -> list[Kit]:
    """Kits for the site whose last day is `lasts` days after today."""
    return samples.assemble(
        stage.at(Role.NURSE, SITE),
        stage.sites[SITE],
        parts=_parts(clock.today() + timedelta(days=lasts)),
        assembler=ASSEMBLER,
        return_to=BANK,
        happened_at=Moment(packed),
        copies=copies,
    )


def _travel(stage: Stage, rows: Sequence[Kit], *, on: date, arrived: bool = True) -> None:
    """Sent on a day, and received two days later."""
    nurse, place = stage.at(Role.NURSE, SITE), "门诊采血室"
    for number, kit in enumerate(rows, start=1):
        carrier = f"顺丰冷运 SF1400{number:06d}"
        record = samples.record_kit_step
        record(nurse, kit, step="SEND", happened_at=Moment(on), place=place, carrier=carrier)
        if arrived:
            day = Moment(on + timedelta(days=2))
            record(nurse, kit, step="RECEIVE", happened_at=day, place=place, person="示范护士")


def stock(stage: Stage) -> list[Kit]:
    """The kits of the nurse's hospital, and the use of one past its last day."""
    today, nurse = clock.today(), stage.at(Role.NURSE, SITE)
    packed = today - PACKED
    lasting = _pack(stage, 6, lasts=300, packed=packed)
    _travel(stage, lasting[:4], on=packed)
    _travel(stage, lasting[4:], on=today - timedelta(days=1), arrived=False)
    soon = _pack(stage, 2, lasts=12, packed=packed)
    _travel(stage, soon, on=packed)
    over = _pack(stage, 1, lasts=-5, packed=packed)
    _travel(stage, over, on=packed)
    lost = _pack(stage, 1, lasts=300, packed=packed)
    _travel(stage, lost, on=packed, arrived=False)
    samples.record_kit_step(
        nurse,
        lost[0],
        step="LOSE",
        happened_at=Moment(packed + timedelta(days=10)),
        reason="NOT_ARRIVED",
    )
    return [*lasting, *soon, *over, *lost, *_forwarded(stage), *_used(stage)]


def _forwarded(stage: Stage) -> list[Kit]:
    """Two unused kits another site ran short of: one arrived there, one is on its way."""
    nurse, today = stage.at(Role.NURSE, SITE), clock.today()
    rows = _pack(stage, 2, lasts=240, packed=today - PACKED)
    _travel(stage, rows, on=today - PACKED)
    sent, note = Moment(today - timedelta(days=3)), "北京采样包不足，转送未用包"
    for number, kit in enumerate(rows, start=1):
        carrier = f"顺丰冷运 SF1401{number:06d}"
        samples.forward_kit(
            nurse, kit, to=stage.sites[OTHER], happened_at=sent, carrier=carrier, note=note
        )
    there = stage.at(Role.NURSE, OTHER)
    samples.record_kit_step(
        there,
        kits.one(there, rows[0].id),
        step="RECEIVE",
        happened_at=Moment(today - timedelta(days=1)),
        place="病房样本间",
        person=stage.named(Role.NURSE, OTHER),
    )
    return rows


def _used(stage: Stage) -> list[Kit]:
    """A kit of before the collection of the last follow-up tube, over by two days at that time."""
    rows = CustodyEvent.objects.filter(
        step="COLLECT",
        sample__site=stage.sites[SITE],
        sample__code="V1",
        sample__kit_item__isnull=True,
        taken_back=False,
        replaced_by__isnull=True,
    )
    row = rows.select_related("sample").order_by("-happened_on", "-sample__number").first()
    if row is None or row.happened_on is None:
        return []
    lasts = (row.happened_on - clock.today()).days - 2
    kit = _pack(stage, 1, lasts=lasts, packed=row.happened_on - PACKED)
    _travel(stage, kit, on=row.happened_on - PACKED)
    samples.use_kit(
        stage.at(Role.NURSE, SITE),
        row.sample,
        kit=kit[0],
        deviation="当日无其他采样包；采血管外观完好，已告知中心实验室",
    )
    return [kits.one(stage.at(Role.NURSE, SITE), kit[0].id)]
