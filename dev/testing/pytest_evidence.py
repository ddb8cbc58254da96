"""Evidence in the JUnit file of a run: which requirement a test shows, which figure it measured."""

from collections.abc import Callable

import pytest

REQUIREMENT, FIGURE, MEASURED = "requirement", "figure", "measured "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Write the names a test carries as marks beside its result."""
    for item in items:
        for kind in (REQUIREMENT, FIGURE):
            names = {name for mark in item.iter_markers(kind) for name in mark.args}
            item.user_properties += [(kind, name) for name in sorted(names)]


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Say what was measured of a figure: `measured("F16", "0 of 41 lost")`."""

    def say(figure: str, text: str) -> None:
        request.node.user_properties.append((MEASURED + figure, text))

    return say
