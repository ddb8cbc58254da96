"""What was assessed of the pairs of drug and reaction: unexpected, related."""

import json
from pathlib import Path

import pytest

from pv.domain.cases.causality_opinions import related
from pv.domain.cases.flags import unexpected
from pv.domain.causality import read_causality_rules
from pv.domain.e2b.message import Node

PATH = Path(__file__).parents[3] / "pv" / "reference" / "causality.json"
RULES = read_causality_rules(json.loads(PATH.read_text(encoding="utf-8")))


def tree(*links):
    """One drug with links of (unexpected, results)."""
    root = Node("")
    drug = root.add("G.k", "d")
    for answer, results in links:
        link = drug.add("G.k.9.i")
        if answer is not None:
            link.values["G.k.9.i.CN.1"] = answer
        for result in results:
            link.add("G.k.9.i.2.r").values["G.k.9.i.2.r.3"] = result
    return root


@pytest.mark.parametrize(
    ("links", "is_unexpected", "is_related"),
    [
        ([], None, None),
        ([(None, [])], None, None),
        ([("1", ["可能无关"])], True, False),
        ([("0", ["Possible"])], False, True),
        ([("0", ["可能无关", "可能"])], False, True),  # reporter not, holder related
        ([("0", []), ("1", [])], True, None),
        ([(None, ["所述不详"])], None, None),  # words of no grade are no answer
    ],
)
def test_any_yes_decides_and_no_answer_stays_unknown(links, is_unexpected, is_related):
    root = tree(*links)
    assert (unexpected(root), related(RULES, root)) == (is_unexpected, is_related)
