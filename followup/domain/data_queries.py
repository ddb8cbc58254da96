"""Questions about recorded data: what a rule finds, the thread of a question, how old it is.

The product's own rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from followup.state_machines import Machine, row

AGES = (7, 30, 90)  # last day of each band of an open question; the last band is open


class QueryState(StrEnum):
    """Where a question stands."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    CLOSED = "CLOSED"


class QueryEvent(StrEnum):
    """What happens to a question."""

    ANSWER = "ANSWER"
    REOPEN = "REOPEN"
    CLOSE = "CLOSE"
    RESOLVE = "RESOLVE"  # the rule that raised it finds nothing any more


_S, _E = QueryState, QueryEvent
QUERIES: Machine[QueryState, QueryEvent] = Machine(
    QueryState,
    QueryEvent,
    initial=(_S.OPEN,),
    rows=(
        row(_E.ANSWER, _S.OPEN, _S.ANSWERED),
        row(_E.REOPEN, (_S.ANSWERED, _S.CLOSED), _S.OPEN),
        row(_E.CLOSE, (_S.OPEN, _S.ANSWERED), _S.CLOSED),
        row(_E.RESOLVE, (_S.OPEN, _S.ANSWERED), _S.CLOSED),
    ),
)


class QueryRule(StrEnum):
    """What is asked about a contact without anybody having to see it."""

    NOT_ASKED = "NOT_ASKED"  # a question of the protocol without an answer and without a reason
    MALIGNANCY_UNKNOWN = "MALIGNANCY_UNKNOWN"
    PROGRESSION_UNDATED = "PROGRESSION_UNDATED"
    THERAPY_UNNAMED = "THERAPY_UNNAMED"


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """A rule and the field of the contact it is about."""

    rule: QueryRule
    field: str


ASKED = ("disease_status", "new_malignancy", "other_event", "new_therapy")


def findings(visit: Mapping[str, Any]) -> tuple[RuleFinding, ...]:
    """What the rules find in the answers of one contact, by column; the dead are asked nothing."""
    if visit["vital_status"] != "ALIVE":
        return ()
    found = []
    if not visit["unanswered_reason"].strip():
        found += [RuleFinding(QueryRule.NOT_ASKED, name) for name in ASKED if not visit[name]]
    if visit["new_malignancy"] == "UNKNOWN":
        found.append(RuleFinding(QueryRule.MALIGNANCY_UNKNOWN, "new_malignancy"))
    if visit["disease_status"] == "PROGRESSION" and not visit["progressed_on_text"]:
        found.append(RuleFinding(QueryRule.PROGRESSION_UNDATED, "progressed_on_text"))
    if visit["new_therapy"] == "YES" and not visit["therapy_note"].strip():
        found.append(RuleFinding(QueryRule.THERAPY_UNNAMED, "therapy_note"))
    return tuple(found)


def ageing(raised: list[date], today: date) -> list[tuple[int, int | None, int]]:
    """Bands (first day, last day or None, count) of how long questions have been open."""
    counts = [0] * (len(AGES) + 1)
    for on in raised:
        counts[sum((today - on).days > limit for limit in AGES)] += 1
    lows = (0, *(limit + 1 for limit in AGES))
    return list(zip(lows, (*AGES, None), counts, strict=True))
