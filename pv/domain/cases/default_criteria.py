"""What default rules of seriousness write into a case, beside what its reporter stated.

Source: domain 4.2; GVP 2021 no. 65 art. 44.
"""

from collections.abc import Collection

from pv.domain.cases import editing
from pv.domain.cases.icsr_builder import CRITERIA
from pv.domain.e2b.message import REACTION_GROUP, Node, Null, Value

# The hospital's own event is the first reaction of its case.
_REACTION = "E.i[1]"


def path_of(criterion: str) -> str:
    """Where a criterion of the hospital's event is in its case."""
    return _REACTION + CRITERIA[criterion].removeprefix("E.i")


def changes(
    root: Node, *, added: Collection[str], written: Collection[str], stated: Collection[str]
) -> dict[str, Value]:
    """What has to change in the message, by instance path.

    `added` are the criteria the rules add now, `written` those a rule wrote before and `stated`
    those of the reporter. Only what a rule wrote is retracted, and what the reporter states as
    well stays; "not stated" is NI (ICH E2B(R3) E.i.3.2).
    """
    if not root.each(REACTION_GROUP):
        return {}
    made: dict[str, Value] = {}
    for criterion in sorted(added):
        if editing.value_at(root, path_of(criterion)) != "true":
            made[path_of(criterion)] = "true"
    for criterion in sorted(set(written) - set(added) - set(stated)):
        if editing.value_at(root, path_of(criterion)) == "true":
            made[path_of(criterion)] = Null("NI")
    return made
