"""Random events over every table of states, against a plain reading of its rows."""

import importlib
import pkgutil
import random

import pytest

import followup.domain
import pv.domain
from followup.state_machines import Machine, NotAllowed

STEPS = 100_000


def machines() -> dict[str, Machine]:
    """Every table of the rules, by its module and name."""
    found = {}
    for package in (followup.domain, pv.domain):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, Machine):
                    found.setdefault(id(value), (f"{module.name}.{name}", value))
    return dict(found.values())


def leads_to(machine: Machine, state: object, event: object) -> list[object]:
    """Where an event leads, read from the rows as they are typed."""
    return [
        target
        for row in machine.rows
        if row.event is event and state in row.sources
        for target in row.targets
    ]


@pytest.mark.figure("F14")
def test_random_histories_never_leave_a_table(measured) -> None:
    tables = machines()
    assert len(tables) > 20
    dice, taken, refused = random.Random(20261129), 0, 0
    walks = [(name, machine) for name, machine in sorted(tables.items())]
    while taken + refused < STEPS:
        name, machine = dice.choice(walks)
        state = dice.choice(machine.initial)
        reached, every = machine.reachable(state), list(machine.events)
        for _ in range(dice.randint(5, 60)):
            fitting = list(machine.allowed(state))
            event = dice.choice(fitting if fitting and dice.random() < 0.7 else every)
            ends = leads_to(machine, state, event)
            assert machine.allows(state, event) == bool(ends), (name, state, event)
            if not ends:
                with pytest.raises(NotAllowed) as error:
                    machine.step(state, event)
                assert error.value.allowed == machine.allowed(state)
                refused += 1
                continue
            if len(ends) > 1 or len(machine.targets(state, event)) > 1:
                with pytest.raises(ValueError, match="."):  # the records have to decide
                    machine.step(state, event)
            assert state not in machine.terminal or set(ends) == {state}, (name, state, event)
            after = machine.step(state, event, dice.choice(ends))
            assert after in reached.intersection(ends), (name, state, event, after)
            state, taken = after, taken + 1
    measured(
        "F14",
        f"{taken} events taken and {refused} refused in {len(tables)} tables of states, "
        "0 violations",
        steps=taken + refused,
    )
