"""Whatever a tree holds, the checks answer: no crash, every path real, nothing changed."""

import os
from copy import deepcopy
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.e2b.checks import REGISTRY, Profile, validate
from pv.domain.e2b.elements import ELEMENTS, GROUPS
from pv.domain.e2b.message import Attachment, Batch, Message, Node, Null

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "60"))
IN_GROUP: dict[str, list[str]] = {}
for _code, _element in ELEMENTS.items():
    IN_GROUP.setdefault(_element.group, []).append(_code)
INNER: dict[str, list[str]] = {}
for _code, _group in GROUPS.items():
    if _group.parent is not None:
        INNER.setdefault(_group.parent, []).append(_code)
TEXTS = st.one_of(
    st.sampled_from(["1", "2", "3", "5", "true", "false", "2026", "20269999", "CN", "27.1", "<10"]),
    st.text(max_size=12),
)
VALUES = st.one_of(
    TEXTS,
    st.sampled_from(["NI", "UNK", "NA", "MSK", "PINF", "??"]).map(Null),
    st.just(Attachment("text/plain", "DF", "eA==", "TXT")),
)


@st.composite
def nodes(draw, group: str = "") -> Node:
    codes = draw(st.lists(st.sampled_from([*IN_GROUP.get(group, []), "X.9"]), max_size=9))
    node = Node(group, draw(st.sampled_from([None, "a", "b"])))
    node.values.update({code: draw(VALUES) for code in codes})
    inner = INNER.get(group)
    for name in draw(st.lists(st.sampled_from(inner), max_size=3)) if inner else ():
        node.groups.setdefault(name, []).append(draw(nodes(name)))
    return node


@settings(max_examples=EXAMPLES, deadline=None)
@given(root=nodes(), batch=st.dictionaries(st.sampled_from(IN_GROUP["N.1"]), VALUES))
def test_any_tree_is_answered(root, batch):
    message = Message(root)
    before = deepcopy(root)
    said = {path for path, *_ in message.walk()}
    for profile in Profile:
        for finding in validate(
            Batch(batch, (message,)), profile, now=date(2026, 11, 22), initial=True
        ):
            rule = REGISTRY[finding.rule]
            assert finding.severity is rule.severity[profile]
            if rule.broken is None and not rule.id.endswith(".REQ") and finding.message == 1:
                assert finding.path in said
    assert root == before
