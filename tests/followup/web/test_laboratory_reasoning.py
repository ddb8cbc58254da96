"""Lines of reasoning that are kept with a finding, as people read them."""

import json
from pathlib import Path

import pytest
from django.utils import translation

from followup.domain.laboratory import read_laboratory_rules
from followup.web.laboratory.reasoning import in_words

DATA = Path(__file__).parents[3] / "followup/reference/laboratory.json"
RULES = read_laboratory_rules(json.loads(DATA.read_text(encoding="utf-8")))
LINES = [
    (
        "MARKER.B_CELL_APLASIA: count = 3, below = 10 → YES",
        "B-cell aplasia: CD19 B cells 3 cells/uL, limit: below 10 → Yes",
        "B 细胞缺乏：CD19+ B 细胞计数 3 cells/uL，界值：低于 10 → 是",
    ),
    (
        "MARKER.VECTOR_POSITIVE: copies_per_ug = >5000.000000000, vcn = missing, "
        "percent_positive = missing → UNKNOWN",
        "1 % of cells or more carry the vector: CAR transgene >5000 copies/ug, "
        "Vector copies per positive cell not known, Vector-positive cells not known → open",
        None,
    ),
    (
        "CTCAE.ANC: anc = 0.40, unit = 10^9/L, lower_limit = missing → 4",
        "CTCAE 5: Neutrophils 0.4 10^9/L, lower limit of the reference range not known → grade 4",
        None,
    ),
    (
        "ICAHT_EARLY.G3: days anc <= 0.5 10^9/L = 14-20 → 3",
        "ICAHT EARLY: days with Neutrophils ≤ 0.5 10^9/L: 14-20 → grade 3",
        "ICAHT EARLY：中性粒细胞绝对值 ≤ 0.5 10^9/L 的天数：14-20 → 3 级",
    ),
    (
        "ICAHT_LATE.G2: time points with anc <= 1 10^9/L = 2 → 2",
        "ICAHT LATE: time points with Neutrophils ≤ 1 10^9/L: 2 → grade 2",
        None,
    ),
    (
        "ICAHT_EARLY.NEVER_ABOVE: limit = 0.5, never_above = yes → 4",
        "ICAHT EARLY: limit 0.5, never above the limit in the whole window Yes → grade 4",
        None,
    ),
    (
        "RCL: finding = POSITIVE",
        "Replication-competent virus found: Replication-competent lentivirus Positive",
        None,
    ),
    ("A line of an older version", "A line of an older version", None),
]


@pytest.mark.parametrize(("line", "english", "chinese"), LINES)
def test_a_line_is_said_in_the_language_of_the_reader(line, english, chinese) -> None:
    with translation.override("en"):
        assert in_words(line, RULES) == english
    with translation.override("zh-hans"):
        said = in_words(line, RULES)
        assert chinese is None or said == chinese
