"""The words of who may be the second person, for every page of a decision by two."""

from typing import Any

from followup.core import naming
from followup.queries.second_persons import SecondPersons


def shown(found: SecondPersons) -> dict[str, Any]:
    """Names and roles for `parts/second_persons.html`."""
    return {
        "people": [str(one) for one in found.people],
        "more": found.more,
        "told": found.told,
        "roles": [naming.value(role, "role")[0] for role in found.roles],
    }
