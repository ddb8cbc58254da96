"""State machines as tables: which event may happen in which state, and where it leads.

The lowest floor: plain Python that the domain, `core` and the models use. A table is the one
home of a state; choices, CHECK constraints, actions and the diagrams of docs/states.md follow from
it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


class NotAllowed(ValueError):
    """An event that does not fit the state; `allowed` are the events that do, in table order."""

    def __init__(self, state: StrEnum, event: StrEnum, allowed: tuple[Any, ...]) -> None:
        super().__init__(f"{event.value} in state {state.value}")
        self.state = state
        self.event = event
        self.allowed = allowed


@dataclass(frozen=True, slots=True)
class Transition(Generic[S, E]):
    """One row of a table: an event, the states it may happen in, the state it leads to.

    Several targets: what is on record decides among them, so whoever moves must name one. `needs`
    are conditions or fields by name, `effects` what happens besides; `citation` is the source of
    the rule, `confidence` how sure of it we are.
    """

    event: E
    sources: frozenset[S]
    targets: tuple[S, ...]
    needs: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    citation: str = ""
    confidence: str = ""

    @property
    def target(self) -> S:
        """The only target; ValueError where there are several."""
        (only,) = self.targets
        return only


def row(
    event: E,
    sources: Iterable[S] | S,
    targets: Iterable[S] | S,
    *needs: str,
    effects: Iterable[str] = (),
    citation: str = "",
) -> Transition[S, E]:
    """A row as tables write it: one state or several on either side."""
    starts = (sources,) if isinstance(sources, StrEnum) else tuple(sources)
    ends = (targets,) if isinstance(targets, StrEnum) else tuple(targets)
    return Transition(event, frozenset(starts), ends, needs, tuple(effects), citation)


@dataclass(frozen=True)
class Machine(Generic[S, E]):
    """A table over the states `states` and the events `events`; `initial` are where rows begin.

    ValueError for two answers to one event in one state, a state nothing leads to, or an event
    that no row names.
    """

    states: type[S]
    events: type[E]
    initial: tuple[S, ...]
    rows: tuple[Transition[S, E], ...]
    transitions: Mapping[tuple[S, E], Transition[S, E]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        table: dict[tuple[S, E], Transition[S, E]] = {}
        for transition in self.rows:
            for source in transition.sources:
                if (source, transition.event) in table:
                    raise ValueError(f"{transition.event} in {source} cannot stand: two answers")
                table[source, transition.event] = transition
        object.__setattr__(self, "transitions", table)
        if lost := set(self.states) - self.reachable(*self.initial):
            raise ValueError(f"nothing leads to {', '.join(sorted(lost))}")
        if unused := set(self.events) - {transition.event for transition in self.rows}:
            raise ValueError(f"no row names {', '.join(sorted(unused))}")

    @property
    def terminal(self) -> frozenset[S]:
        """The states that no event leads out of."""
        leaving = {s for r in self.rows for s in r.sources if set(r.targets) != {s}}
        return frozenset(set(self.states) - leaving)

    def reachable(self, *starts: S) -> frozenset[S]:
        """The states that can come of these, themselves included."""
        known, waiting = set(starts), list(starts)
        while waiting:
            state = waiting.pop()
            for transition in self.rows:
                if state in transition.sources:
                    new = set(transition.targets) - known
                    known |= new
                    waiting += new
        return frozenset(known)

    def find(self, state: S, event: E) -> Transition[S, E] | None:
        """The row for an event in a state; None where it is refused."""
        return self.transitions.get((state, event))

    def allows(self, state: S, event: E) -> bool:
        """Whether the event may happen in the state, conditions of the row apart."""
        return (state, event) in self.transitions

    def allowed(self, state: S) -> tuple[E, ...]:
        """The events that may happen in a state, in the order of the table."""
        return tuple(dict.fromkeys(r.event for r in self.rows if state in r.sources))

    def sources(self, event: E) -> frozenset[S]:
        """The states in which an event may happen."""
        return frozenset(s for r in self.rows if r.event is event for s in r.sources)

    def targets(self, state: S, event: E) -> tuple[S, ...]:
        """Where an event may lead from a state; empty where it is refused."""
        transition = self.find(state, event)
        return transition.targets if transition else ()

    def step(self, state: S, event: E, to: S | None = None) -> S:
        """The state after an event; `to` names it where what is on record decides.

        NotAllowed where the table has no such row, or not to that state.
        """
        transition = self.find(state, event)
        if transition is None or (to is not None and to not in transition.targets):
            raise NotAllowed(state, event, self.allowed(state))
        return transition.target if to is None else to

    def walk(self, start: S, events: Iterable[E]) -> S:
        """The state a whole history leads to; NotAllowed where one event does not fit."""
        state = start
        for event in events:
            state = self.step(state, event)
        return state

    def table(self) -> list[tuple[S, E, S, tuple[str, ...]]]:
        """Every source, event and target with what the row needs, in the order of the states."""
        return [
            (source, transition.event, target, transition.needs)
            for source in self.states
            for transition in self.rows
            if source in transition.sources
            for target in transition.targets
        ]
