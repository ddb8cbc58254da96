"""The form says the term names and the words received beside codes; no dictionary is asked."""

import pytest

from pv.domain.cioms.display_values import Reader
from pv.domain.e2b.message import Message, Node


def reaction() -> Node:
    node = Node("E.i", "1")
    node.values |= {"E.i.2.1a": "27.1", "E.i.2.1b": "10037660"}
    node.names["E.i.2.1b"] = ("10037660", "Pyrexia")
    node.verbatims["E.i.2.1b"] = "hot"
    return node


@pytest.mark.parametrize(("language", "mark"), [("en", "as received"), ("zh", "接收时")])
def test_a_received_name_stands_beside_its_code_marked_as_received(language, mark) -> None:
    node = reaction()
    said = Reader(Message(Node("")), language).term(node, "E.i.1.1a", "E.i.2.1b", "E.i.2.1a")
    for part in ("hot", "10037660", "27.1", "Pyrexia", mark):
        assert part in said


def test_a_name_goes_with_the_code_it_came_with() -> None:
    node = reaction()
    node.values["E.i.2.1b"] = "10037844"
    said = Reader(Message(Node("")), "en").term(node, "E.i.1.1a", "E.i.2.1b", "E.i.2.1a")
    assert "Pyrexia" not in said
    assert "hot" in said
