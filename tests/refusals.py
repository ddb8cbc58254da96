"""What an action refuses when it is called directly, for tests of its door."""

from collections.abc import Callable
from typing import Any

import pytest

from followup.core.problems import Refused


def refused(act: Callable[..., Any], *given: Any, **named: Any) -> set[str]:
    """The fields an action refuses."""
    with pytest.raises(Refused) as caught:
        act(*given, **named)
    return set(caught.value.fields)
