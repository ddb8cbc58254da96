"""What was assessed of the pairs of drug and reaction: unexpected, related."""

import pytest

from pv.domain.cases.flags import Assessed, assessed
from pv.domain.e2b.message import Node

RELATED = {"possible": True, "可能": True, "unlikely": False, "可能无关": False}


def tree(*links):
    """One drug with links of (unexpected, results)."""
    root = Node("")
    drug = root.add("G.k", "d")
    for unexpected, results in links:
        link = drug.add("G.k.9.i")
        if unexpected is not None:
            link.values["G.k.9.i.CN.1"] = unexpected
        for result in results:
            link.add("G.k.9.i.2.r").values["G.k.9.i.2.r.3"] = result
    return root


@pytest.mark.parametrize(
    ("links", "unexpected", "related"),
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
def test_any_yes_decides_and_no_answer_stays_unknown(links, unexpected, related):
    assert assessed(tree(*links), RELATED) == Assessed(unexpected, related)
