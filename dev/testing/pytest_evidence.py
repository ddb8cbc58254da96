"""Evidence in the JUnit file of a run: which requirement a test shows, which figure it measured."""

from collections.abc import Callable

import pytest

REQUIREMENT, FIGURE, MEASURED, AMOUNT = "requirement", "figure", "measured ", "amount "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the names a test carries as marks beside its result."""
    for item in items:
        for kind in (REQUIREMENT, FIGURE):
            names = {name for mark in item.iter_markers(kind) for name in mark.args}
            item.user_properties += [(kind, name) for name in sorted(names)]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Say what was measured of a figure, and how much of what its bar counts.

    `measured("F9", "0 of 41 mails lost", kills=25)`; the units are those of figures.json.
    """

    def say(figure: str, text: str, **amounts: float) -> None:
        request.node.user_properties.append((MEASURED + figure, text))
        for unit, amount in amounts.items():
            name = f"{AMOUNT}{figure} {unit.replace('_', ' ')}"
            request.node.user_properties.append((name, str(amount)))

    return say
