"""Seriousness with default rules."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pv.domain.events import (
    EventFacts,
    EventKind,
    Seriousness,
    read_event_rules,
    seriousness,
)

ROOT = Path(__file__).parents[3]
DATA = json.loads((ROOT / "pv" / "reference" / "events.json").read_text(encoding="utf-8"))
RULES = read_event_rules(DATA)
MILD = EventFacts(
    reported=frozenset(),
    reported_not_serious=True,
    kind=EventKind.OTHER,
    scale="CTCAE_5",
    grade=1,
    outcome="RECOVERED",
)
OTHER = Seriousness.OTHER_IMPORTANT


def ask(**changes):
    return seriousness(RULES, replace(MILD, **changes))


def test_an_event_called_not_serious():
    assert ask().serious is False
    assert ask(reported_not_serious=None).serious is None
    assert ask(reported_not_serious=None).missing == ("seriousness",)


@pytest.mark.parametrize("criterion", list(Seriousness))
def test_what_is_reported_stays(criterion):
    found = ask(reported=frozenset({criterion}), kind=None, grade=None, outcome=None)
    assert found.serious is True
    assert criterion in found.criteria


@pytest.mark.parametrize(
    ("kind", "scale", "grade", "serious"),
    [
        (EventKind.MALIGNANCY, None, None, True),
        (EventKind.IEC_HS, None, None, True),
        (EventKind.RCL_POSITIVE, None, None, True),
        (EventKind.CRS, "ASTCT_CRS", 2, False),
        (EventKind.CRS, "ASTCT_CRS", 3, True),
        (EventKind.CRS, "CTCAE_5", 3, True),
        (EventKind.ICANS, "ASTCT_ICANS", 2, False),
        (EventKind.ICANS, "ASTCT_ICANS", 3, True),
        (EventKind.ICANS, "ASTCT_CRS", 4, None),
        (EventKind.CRS, "ASTCT_CRS", None, None),
        (EventKind.CRS, None, 4, None),
        (None, "ASTCT_CRS", 4, None),
    ],
)
def test_default_serious_rules(kind, scale, grade, serious):
    found = ask(kind=kind, scale=scale, grade=grade)
    assert found.serious is serious
    if serious:
        assert found.criteria == {OTHER}
        assert found.added[0].citation
    assert bool(found.missing) is (serious is None)


def test_a_fatal_outcome_is_a_death():
    assert ask(outcome="FATAL").criteria == {Seriousness.DEATH}
    assert ask(outcome=None).missing == ("outcome",)


def test_the_missing_input_is_named():
    assert ask(kind=EventKind.CRS, grade=None).missing == ("grade",)
    assert ask(kind=None).missing == ("kind",)


def test_e2b_elements():
    assert RULES.e2b_elements[Seriousness.DEATH] == "E.i.3.2a"
    assert len(set(RULES.e2b_elements.values())) == 6
