"""Facts of one happening reach their handlers in the order of the table, however they are named."""

from dataclasses import dataclass
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from followup.core import facts
from followup.core.actor import Actor


@dataclass(frozen=True)
class Drafted:
    """The first to have its turn."""


@dataclass(frozen=True)
class Suspected:
    """Builds on the first."""


@dataclass(frozen=True)
class Unheard:
    """Nobody handles it."""


@given(st.sampled_from(list(permutations((Drafted(), Suspected(), Unheard())))))
def test_the_table_sets_the_order(named):
    heard = []
    table = {
        Drafted: (lambda _actor, _fact: heard.append("draft"),),
        Suspected: (
            lambda _actor, _fact: heard.append("open"),
            lambda _actor, _fact: heard.append("assess"),
        ),
    }
    original = facts._table
    facts._table = lambda: table
    try:
        facts.publish(Actor.process("test"), *named)
    finally:
        facts._table = original
    assert heard == ["draft", "open", "assess"]
