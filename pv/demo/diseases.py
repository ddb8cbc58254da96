"""How diseases run after CAR-T in the demo: age, response, relapse, death, second cancers.

The figures are round ones of the order of published trials, to make a world that looks like
life. Nothing may be concluded from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from random import Random

from followup.domain.dates import PartialDate
from pv.demo.facts import Course, EventFact

YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Disease:
    """Ages in years; `cured` is the share that does not die of it, `median` years for the rest."""

    age: tuple[float, float, int, int]
    men: float
    cured: float
    median: float
    responses: Mapping[str, float]
    relapse: str
    cause: str
    prior_lines: tuple[int, int]


_LYMPHOMA = {"CR": 0.56, "PR": 0.24, "SD": 0.08, "PD": 0.12}
_LEUKAEMIA = {"CR": 0.66, "CRi": 0.16, "CRh": 0.06, "REFRACTORY": 0.12}
DISEASES: Mapping[str, Disease] = {
    "LBCL": Disease((55, 13, 19, 79), 0.58, 0.46, 0.8, _LYMPHOMA, "PD", "淋巴瘤进展", (2, 4)),
    "FL": Disease((53, 10, 28, 76), 0.52, 0.78, 2.2, _LYMPHOMA, "PD", "淋巴瘤进展", (2, 5)),
    "MCL": Disease((60, 8, 40, 76), 0.72, 0.55, 1.3, _LYMPHOMA, "PD", "淋巴瘤进展", (2, 5)),
    "MM": Disease(
        *((60, 9, 35, 78), 0.55, 0.50, 2.0),
        {"sCR": 0.44, "CR": 0.18, "VGPR": 0.20, "PR": 0.12, "SD": 0.06},
        *("PD", "骨髓瘤进展", (3, 7)),
    ),
    "B_ALL": Disease(
        (34, 14, 18, 65), 0.55, 0.42, 0.7, _LEUKAEMIA, "RELAPSE", "白血病复发", (2, 5)
    ),
    "GASTRIC": Disease(
        *((57, 9, 30, 75), 0.66, 0.08, 0.7),
        {"CR": 0.03, "PR": 0.35, "SD": 0.42, "PD": 0.20},
        *("PD", "胃癌进展", (2, 4)),
    ),
}
# The underlying cause as hospitals code it (ICD-10); none for a toxicity of the treatment.
UNDERLYING = {
    "淋巴瘤进展": "C85.9",
    "骨髓瘤进展": "C90.0",
    "白血病复发": "C91.0",
    "胃癌进展": "C16.9",
    "重症感染": "A41.9",
    "感染性休克": "A41.9",
}
CHILDREN = (11, 5, 3, 21)  # ages for a product approved for children and adolescents
NON_RELAPSE = 0.025  # deaths within two months, of infection or toxicity
# 6 % at a median of 21.7 months in a meta-analysis of 2024 is about 3.4 % a year.
SECOND_CANCER = "10049737"  # as CTCAE 5.0 prints it: treatment related secondary malignancy
SECOND_CANCER_A_YEAR = 0.034
# Shares of that analysis: blood 37 %, solid 27 %, skin 16 %; T-cell cases are told apart.
_SECOND = (
    (0.24, "骨髓增生异常综合征", "MDS，骨髓穿刺确诊"),
    (0.13, "急性髓系白血病", "骨髓原始细胞升高"),
    (0.12, "肺腺癌", "CT发现肺结节，穿刺病理为腺癌"),
    (0.08, "结直肠癌", "肠镜活检确诊"),
    (0.07, "甲状腺乳头状癌", "超声及穿刺提示"),
    (0.16, "皮肤基底细胞癌", "皮损切除后病理确诊"),
    (0.20, "第二原发恶性肿瘤，类型待定", "外院告知，病理报告索取中"),
)


def course(rng: Random, disease: str, infused_on: date, until: date) -> Course:
    """The course from day zero to `until`; what would happen later does not."""
    spec = DISEASES[disease]
    response = pick(rng, spec.responses)
    died_on, cause, progressed_on = None, "", None
    if rng.random() < NON_RELAPSE:
        died_on = infused_on + timedelta(days=rng.randint(9, 62))
        cause = rng.choice(("重症感染", "感染性休克", "细胞因子释放综合征"))
    elif rng.random() >= _cured(spec, response):
        years = -log(1 - rng.random()) * spec.median / log(2)
        died_on = infused_on + timedelta(days=30 + int(years * YEAR))
        progressed_on = infused_on + timedelta(days=int((died_on - infused_on).days * 0.6))
        cause = spec.cause
    elif rng.random() < 0.12:
        progressed_on = infused_on + timedelta(days=rng.randint(95, 900))
    last = min(until, died_on or until)
    return Course(
        response=response,
        relapse=spec.relapse,
        progressed_on=progressed_on if progressed_on and progressed_on <= last else None,
        died_on=died_on if died_on and died_on <= until else None,
        cause=cause,
        malignancies=_second_cancer(rng, infused_on, last),
    )


def _cured(spec: Disease, response: str) -> float:
    """Non-responders die of the disease more often; the mean over responses stays near `cured`."""
    good = response in ("CR", "sCR", "CRi", "CRh", "VGPR")
    return min(0.95, spec.cured * (1.25 if good else 0.45))


def _second_cancer(rng: Random, infused_on: date, last: date) -> tuple[EventFact, ...]:
    waited = -log(1 - rng.random()) / SECOND_CANCER_A_YEAR * YEAR
    onset = infused_on + timedelta(days=int(min(waited, 40_000)) + 60)
    aware = onset + timedelta(days=rng.randint(5, 40))
    if aware > last:
        return ()
    _share, term, note = rng.choices(_SECOND, weights=[row[0] for row in _SECOND])[0]
    known = "待定" not in term
    return (
        EventFact(
            aware_on=aware,
            onset=PartialDate(onset.year, onset.month),
            verbatim=term,
            serious=True,
            seriousness=("OTHER_IMPORTANT",),
            outcome=rng.choice(("NOT_RECOVERED", "RECOVERING", "UNKNOWN")),
            causality=rng.choice(("POSSIBLE", "UNLIKELY", "CONDITIONAL")),
            is_new_malignancy=True,
            t_cell_suspected=False if known else None,
            pathology="AVAILABLE" if known else "PENDING",
            pathology_note=note,
            transgene="NOT_DONE",
            specimen_kept="YES" if known else "UNKNOWN",
            coded=SECOND_CANCER,
        ),
    )


def pick(rng: Random, shares: Mapping[str, float]) -> str:
    """One key by its share of the whole."""
    return rng.choices(list(shares), weights=list(shares.values()))[0]
