"""What default rules of seriousness write into a case, beside what its reporter stated.

Source: domain 4.2; GVP 2021 no. 65 art. 44.
"""

import re
from collections.abc import Collection, Sequence

from followup.domain.events import FATAL
from pv.domain.cases import editing, flags
from pv.domain.cases.icsr_builder import CRITERIA
from pv.domain.e2b.message import REACTION_GROUP, Node, Null, Value
from pv.domain.events import EventFacts, KindWords, Seriousness, kind_of_words

_WORDS = ("E.i.1.1a", "E.i.1.2")  # as reported, and in translation
_UNKNOWN = "0"  # E.i.7
_OUTCOMES = {flags.FATAL_OUTCOME: FATAL}
_PATH = re.compile(r"E\.i\[\d+\]\.3\.2[a-f]")


def path_of(criterion: str, reaction: int = 1) -> str:
    """Where a criterion of a reaction (from 1) is; the hospital's event is the first of its case.

    KeyError for a code that is no criterion.
    """
    return f"E.i[{reaction}]{CRITERIA[criterion].removeprefix('E.i')}"


def is_criterion(path: str) -> bool:
    """Whether a place of a message is a criterion of seriousness of a reaction."""
    return _PATH.fullmatch(path) is not None


def changes(
    root: Node, *, added: Collection[str], written: Collection[str], stated: Collection[str]
) -> dict[str, Value]:
    """What has to change in the message, by instance path.

    `added` are the places of the criteria the rules add now, `written` of those a rule wrote before
    and `stated` of those of the reporter. Only what a rule wrote is retracted, and what the
    reporter states as well stays; "not stated" is NI (ICH E2B(R3) E.i.3.2).
    """
    if not root.each(REACTION_GROUP):
        return {}
    made: dict[str, Value] = {}
    for path in sorted(added):
        if editing.value_at(root, path) != "true":
            made[path] = "true"
    for path in sorted(set(written) - set(added) - set(stated)):
        if editing.value_at(root, path) == "true":
            made[path] = Null("NI")
    return made


def facts_of(reaction: Node, kinds: Sequence[KindWords], terms: Collection[str]) -> EventFacts:
    """What a reaction of a message says that default rules ask; `terms` name its codes.

    A message has no grade. "Not serious" is said where each criterion is denied; one left open
    (NI) denies nothing (ICH E2B(R3) E.i.3.2).
    """
    said = [text for code in _WORDS if (text := reaction.text(code))]
    outcome = reaction.text(flags.OUTCOME)
    denied = all(reaction.text(code) == "false" for code in flags.CRITERIA)
    return EventFacts(
        reported=frozenset(
            Seriousness(name) for name, code in CRITERIA.items() if reaction.text(code) == "true"
        ),
        reported_not_serious=True if denied else None,
        kind=kind_of_words(said, terms, kinds),
        scale=None,
        grade=None,
        outcome=None if outcome in (None, _UNKNOWN) else _OUTCOMES.get(outcome, outcome),
    )
