"""Early and late toxicity of CAR-T in the demo, in the words a ward would use."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from followup.domain.dates import PartialDate
from pv.demo.facts import EventFact


@dataclass(frozen=True, slots=True)
class Toxicity:
    """`share` of patients, days of onset, grades with weights from grade 1; each term as it is told
    and the code CTCAE 5.0 prints beside its own term (the demo's coding is no reference).
    """

    share: float
    days: tuple[int, int]
    grades: tuple[float, ...]
    scale: str
    kind: str
    classified: tuple[tuple[str, str], ...]
    terms: tuple[tuple[str, str], ...]


_CYTOPENIA = (("event_class", "HAEMATOLOGIC"), ("haematologic_type", "PROLONGED_CYTOPENIA"))
_INFECTION = (("event_class", "INFECTION"),)
_NEUROLOGIC = (("event_class", "NEUROLOGIC"), ("new_or_exacerbated", "NEW"))
FATAL_INFECTION = (*_INFECTION, ("infection_type", "UNKNOWN"), ("iv_anti_infective", "YES"))
# What was found of an event beside its class.
_FOUND: Mapping[str, tuple[tuple[str, str], ...]] = {
    "肺部感染": (
        *(("infection_type", "UNKNOWN"), ("infection_site", "肺"), ("iv_anti_infective", "YES")),
    ),
    "带状疱疹": (
        *(("infection_type", "VIRAL_OTHER"), ("infection_organism", "水痘-带状疱疹病毒")),
        *(("infection_site", "皮肤"), ("iv_anti_infective", "NO")),
    ),
    "乙型肝炎病毒再激活": (
        *(("infection_type", "HBV_REACTIVATION"), ("infection_organism", "乙型肝炎病毒")),
        ("infection_site", "肝脏"),
    ),
    "上呼吸道感染": (("infection_type", "UNKNOWN"), ("infection_site", "上呼吸道")),
    "周围神经病变": (("neurologic_type", "OTHER"),),
    "认知功能下降": (("neurologic_type", "COGNITIVE"),),
}
# Shares are of reported events, below the incidence in trials: mild ones mostly go unreported.
TOXICITIES = (
    Toxicity(
        *(0.18, (1, 9), (0.25, 0.45, 0.22, 0.08), "ASTCT_CRS", "CRS", ()),
        (("细胞因子释放综合征", "10052015"), ("输注后高热伴低血压，考虑CRS", "10052015")),
    ),
    Toxicity(
        *(0.08, (3, 14), (0.3, 0.3, 0.3, 0.1), "ASTCT_ICANS", "ICANS", ()),
        (
            ("免疫效应细胞相关神经毒性综合征", "10014625"),
            ("言语不清、嗜睡，ICE评分下降", "10014625"),
        ),
    ),
    Toxicity(
        *(0.06, (30, 150), (0.0, 0.2, 0.5, 0.3), "CTCAE_5", "", _CYTOPENIA),
        (
            ("持续性中性粒细胞减少", "10029366"),
            ("迟发性血小板减少", "10035528"),
            ("全血细胞减少", "10049182"),
        ),
    ),
    Toxicity(
        *(0.08, (20, 700), (0.1, 0.35, 0.45, 0.1), "CTCAE_5", "", _INFECTION),
        (
            ("肺部感染", "10061229"),
            ("带状疱疹", "10040555"),
            ("乙型肝炎病毒再激活", "10058827"),
            ("上呼吸道感染", "10046300"),
        ),
    ),
    Toxicity(
        *(0.015, (120, 1000), (0.2, 0.5, 0.3), "CTCAE_5", "", _NEUROLOGIC),
        (("周围神经病变", "10034620"), ("认知功能下降", "10009845")),
    ),
)


def toxicities(rng: Random, infused_on: date, last: date) -> list[EventFact]:
    """The events of one patient the hospital learned of up to `last`, in order of awareness."""
    made = []
    for spec in TOXICITIES:
        if rng.random() >= spec.share:
            continue
        onset = infused_on + timedelta(days=rng.randint(*spec.days))
        aware = onset + timedelta(days=rng.choice((0, 0, 0, 1, 1, 2, 5)))
        if aware <= last:
            made.append(_event(rng, spec, onset, aware))
    return sorted(made, key=lambda event: event.aware_on)


def _event(rng: Random, spec: Toxicity, onset: date, aware: date) -> EventFact:
    grade = rng.choices(range(1, len(spec.grades) + 1), weights=spec.grades)[0]
    criteria: tuple[str, ...] = ()
    if grade >= 4:
        criteria = ("LIFE_THREATENING", "HOSPITALISATION")
    elif grade == 3:
        criteria = ("HOSPITALISATION",)
    term, code = rng.choice(spec.terms)
    vague = spec.days[1] > 100 and rng.random() < 0.15
    return EventFact(
        aware_on=aware,
        onset=PartialDate(onset.year, onset.month) if vague else PartialDate.of(onset),
        verbatim=term,
        kind=spec.kind,
        serious=bool(criteria),
        seriousness=criteria,
        grade=grade,
        grade_scale=spec.scale,
        outcome=rng.choices(
            ("RECOVERED", "RECOVERING", "NOT_RECOVERED", "UNKNOWN"), (0.7, 0.15, 0.1, 0.05)
        )[0],
        causality=rng.choice(("CERTAIN", "PROBABLE", "PROBABLE", "POSSIBLE")),
        classified=(*spec.classified, *_FOUND.get(term, ())),
        coded=code,
    )
