"""Every table of states, and the page of docs/ that draws them with the words of both languages."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation

from followup.core.models.jobs import JOB
from followup.core.states import StateColumn
from followup.models.states import COLUMNS as FOLLOW_UP_COLUMNS
from followup.queries import shipped
from pv.models.states import COLUMNS as SAFETY_COLUMNS
from pv.queries.commitments.rulebook import Rulebook

HEAD = """<!-- Drawn by `./run manage state_diagrams`; change the tables, not this page. -->

# States and what moves them

Each diagram is drawn from the table that choices, CHECK constraints, actions and refusals follow
(`followup/state_machines.py`, `followup/core/states.py`). An action moves a row by an event of its
table, or settles it to what its records fold to, so that what is undone leaves no trace in a state.
Where an event leads to several states, the records decide. *By record*: nobody decides it; it
follows from other records or the calendar.
"""
LANGUAGES = ("en", "zh-hans")
Column = StateColumn[Any, Any]


def columns() -> tuple[Column, ...]:
    """Every column that holds a state; that of commitments by the table that is shipped."""
    commitments = Rulebook.from_dict(shipped.documents()["commitments"])
    return (*FOLLOW_UP_COLUMNS, *SAFETY_COLUMNS, commitments.column, JOB)


def page() -> str:
    """The page with every diagram and table."""
    return HEAD + "".join(text for place in range(len(columns())) for text in _section(place))


def _section(place: int) -> Iterator[str]:
    both = []
    for language in LANGUAGES:
        with translation.override(language):
            both.append(_words(columns()[place]))
    english, chinese = both
    words = {key: f"{text} · {chinese[key]}" for key, text in english.items()}
    column = columns()[place]
    yield f"\n## {words['']}\n\n```mermaid\nstateDiagram-v2\n"
    yield from _diagram(column, words)
    yield "```\n\n| State | Event | Needs | To | By record | Source |\n"
    yield "| --- | --- | --- | --- | --- | --- |\n"
    yield from _rows(column, words)
    ends = [
        words[f"s:{state}"] for state in column.machine.states if state in column.machine.terminal
    ]
    yield f"\nNothing leads out of: {', '.join(ends)}.\n" if ends else "\nNo state is final.\n"


def _words(column: Column) -> dict[str, str]:
    """Title, states and events in the language that is active."""
    states = {f"s:{code}": str(word) for code, word in column.states.items()}
    events = {f"e:{code}": str(word) for code, word in column.events.items()}
    return {"": str(column.title)} | states | events


def _diagram(column: Column, words: dict[str, str]) -> Iterator[str]:
    machine = column.machine
    for state in machine.states:
        yield f'    state "{words[f"s:{state}"]}" as {state.name}\n'
    for state in machine.initial:
        yield f"    [*] --> {state.name}\n"
    for source, event, target, _needs in machine.table():
        if target is not source:  # where it stays, the table below says so
            yield f"    {source.name} --> {target.name} : {words[f'e:{event}']}\n"
    for state in machine.states:
        if state in machine.terminal:
            yield f"    {state.name} --> [*]\n"


def _rows(column: Column, words: dict[str, str]) -> Iterator[str]:
    for transition in column.machine.rows:
        cells = (
            "<br>".join(words[f"s:{s}"] for s in column.machine.states if s in transition.sources),
            words[f"e:{transition.event}"],
            ", ".join(f"`{name}`" for name in transition.needs),
            "<br>".join(words[f"s:{s}"] for s in transition.targets),
            "yes" if transition.event in column.by_record else "",
            transition.citation,
        )
        yield "| " + " | ".join(cells) + " |\n"
