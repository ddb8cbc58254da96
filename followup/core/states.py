"""The one place that writes a state: a column of a row moves only as its table says.

An action asks a `StateColumn` to move a row (an event happened), to settle it (the state follows
from what is on record) or to move many at once; `tests/architecture/test_states.py` finds every
other write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from followup.core.naming import reads_chinese
from followup.core.problems import Refused
from followup.state_machines import Machine, NotAllowed

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)
Labels = Mapping[Any, str | Promise]


@dataclass(frozen=True)
class StateColumn(Generic[S, E]):
    """A column that holds the state of a machine, with the words of its states and events.

    `by_record` names the events nobody decides: they follow from other records or the calendar,
    so a refusal never offers them.
    """

    machine: Machine[S, E]
    column: str
    title: str | Promise
    states: Labels
    events: Labels
    by_record: frozenset[E] = frozenset()

    def __post_init__(self) -> None:
        for labels, codes in (
            (self.states, self.machine.states),
            (self.events, self.machine.events),
        ):
            if set(labels) != set(codes):
                raise ValueError(f"{codes.__name__} has a code without a word, or a word too many")

    @property
    def choices(self) -> list[tuple[str, str | Promise]]:
        """Code and word of every state, for the model's field."""
        return [(state.value, self.states[state]) for state in self.machine.states]

    def known(self, column: str = "", *, empty: bool = False) -> Q:
        """The CHECK constraint of a column that holds these states, or none yet (`empty`)."""
        codes = [state.value for state in self.machine.states]
        return Q(**{f"{column or self.column}__in": ["", *codes] if empty else codes})

    def of(self, row: Any) -> S:
        """The state of a row."""
        return self.machine.states(getattr(row, self.column))

    def start(self, state: S) -> str:
        """The value a new row begins with; ValueError for one no row begins with."""
        if state not in self.machine.initial:
            raise ValueError(f"no row begins as {state}")
        return state.value

    def begin(self, row: Any, state: S) -> None:
        """Give a new row, not yet saved, the state it begins with; ValueError for another one."""
        setattr(row, self.column, self.start(state))

    def allows(self, row: Any, event: E) -> bool:
        """Whether the event may happen to the row, conditions of the table apart."""
        return self.machine.allows(self.of(row), event)

    def require(self, row: Any, event: E, *texts: str) -> None:
        """Refused, in words, where the event does not fit the row; `texts` say first what it is."""
        if not self.allows(row, event):
            raise Refused({"": [*texts, self.refusal(self.of(row), event)]})

    def move(self, row: Any, event: E, to: S | None = None) -> S:
        """Let an event happen to a row, not yet saved; Refused, in words, where it does not fit."""
        try:
            after = self.machine.step(self.of(row), event, to)
        except NotAllowed as error:
            raise Refused(self.refusal(self.of(row), event)) from error
        setattr(row, self.column, after.value)
        return after

    def settle(self, row: Any, state: S) -> bool:
        """Give a row the state its history was folded to; whether it changed, not yet saved.

        The fold goes by the table, so a state nothing leads to is a fault: RuntimeError.
        """
        changed = bool(getattr(row, self.column) != state.value)
        setattr(row, self.column, self.folded(state))
        return changed

    def folded(self, state: S) -> str:
        """The value of a state that a history was folded to, for a row written along with it."""
        if state not in self.machine.reachable(*self.machine.initial):
            raise RuntimeError(f"nothing leads to {state}")
        return state.value

    def move_all(self, rows: "QuerySet[Any]", event: E, to: S | None = None, **also: Any) -> int:
        """Let an event happen to every row it fits, in one statement; how many moved.

        `also` are other columns that the event sets to one value.
        """
        sources = self.machine.sources(event)
        targets = {self.machine.step(source, event, to) for source in sources}
        (target,) = targets
        fitting = rows.filter(**{f"{self.column}__in": [source.value for source in sources]})
        return int(fitting.update(**{self.column: target.value, **also}))

    def refusal(self, state: S, event: E) -> str:
        """Why an event is refused in a state, and what is possible instead."""
        values = {"event": str(self.events[event]), "state": str(self.states[state])}
        text = _("“%(event)s” is not possible in the state “%(state)s”.") % values
        instead = [str(self.events[e]) for e in self._decided(state) if e is not event]
        if not instead:
            return text + self._gap() + _("Nothing else can be done with it.")
        mark = "、" if reads_chinese() else ", "
        return text + self._gap() + _("Possible now: %(events)s.") % {"events": mark.join(instead)}

    def _decided(self, state: S) -> list[E]:
        return [event for event in self.machine.allowed(state) if event not in self.by_record]

    def _gap(self) -> str:
        return "" if reads_chinese() else " "
