"""How the invented products were made and given: of most infusions something, of some nothing."""

from datetime import date, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from followup.domain.dates import PartialDate
from followup.domain.infusion_details import InfusionDetails

PLANTS = ("一号生产基地（上海）", "二号生产基地（苏州）", "三号生产基地（广州）")
BRIDGES = ("减瘤化疗一个周期", "受累部位局部放疗", "地塞米松，单采后至清淋前")
FAILED = (
    "细胞存活率低于放行标准，经医学评估并告知患者后使用",
    "回收细胞数低于标示剂量，经持有人批准放行",
)
# Courses of fludarabine and cyclophosphamide, mg/m2 a day for three days.
COURSES = ((30, 500), (25, 250), (30, 300))
UNRECORDED, UNKNOWN, DEVIATING = 0.12, 0.08, 0.03
CHILDREN = "PCAR_19B"


def details(
    number: int, *, product: str, infused_on: date, dose: Decimal, lines: int
) -> InfusionDetails:
    """Of one infusion, the same for the same number; empty for one in eight.

    Drawn apart from the life, so that nothing else of it depends on them.
    """
    rng = Random(f"details/{number}/{product}")
    if rng.random() < UNRECORDED:
        return InfusionDetails()
    deviates = rng.random() < DEVIATING
    bridged = rng.random() < 0.55
    flu, cy = rng.choice(COURSES)
    weight = rng.randint(140, 420) if product == CHILDREN else rng.randint(450, 880)
    values: dict[str, Any] = {
        "manufacturing_site": rng.choice(PLANTS),
        "apheresis_on": PartialDate.of(infused_on - timedelta(days=rng.randint(19, 48))),
        "vector_copy_number": Decimal(rng.randint(90, 380)) / 100,
        "viability": Decimal(rng.randint(660, 690) if deviates else rng.randint(780, 975)) / 10,
        "thawed_at": time(rng.randint(9, 15), rng.randint(0, 59)),
        "dose_per_kg": round(dose * 10 / weight, 2),
        "fludarabine_dose": Decimal(flu * 3),
        "cyclophosphamide_dose": Decimal(cy * 3),
        "prior_hsct": rng.choices(
            ("NONE", "AUTOLOGOUS", "ALLOGENEIC"), weights=(70, 25 if lines > 1 else 5, 5)
        )[0],
        "prior_alkylator": _answer(rng, 0.85),
        "prior_radiation": _answer(rng, 0.25),
    }
    for name in [name for name in values if rng.random() < UNKNOWN]:
        del values[name]
    values |= {"out_of_specification": "YES" if deviates else "NO"}
    values |= {"out_of_specification_note": rng.choice(FAILED)} if deviates else {}
    values |= {"bridging_therapy": "YES" if bridged else "NO"}
    values |= {"bridging_note": rng.choice(BRIDGES)} if bridged else {}
    return InfusionDetails(**values)


def _answer(rng: Random, share: float) -> str:
    """Yes for a share, and now and then nobody knows."""
    drawn = rng.random()
    return "UNKNOWN" if drawn > 0.97 else "YES" if drawn < share else "NO"
