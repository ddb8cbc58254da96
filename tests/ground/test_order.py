"""A run with workers begins with what is long, whole and on a worker each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.checks.check import checks
from dev.paths import ROOT
from dev.testing import run_tests
from dev.testing.pytest_order import LONG, dealt, kind_of, ordered

ABSURD = "tests/flows/test_absurd_values.py"


def test_a_file_of_its_own_is_not_its_folder():
    assert kind_of(f"{ABSURD}::test_a[x]") == ABSURD
    assert kind_of("tests/flows/test_thread.py::test_b") == "tests/flows/"
    assert kind_of("tests/pv/domain/test_clocks.py::test_c") == ""


def test_what_is_named_is_there():
    assert [name for name in LONG if not (ROOT / name).exists()] == []


def test_the_longest_has_a_worker_of_its_own_until_the_others_have_as_much():
    hands = dealt(LONG, 3)
    assert hands[0] == ["tests/browser/"]
    assert hands[1][0] == ABSURD
    assert sorted(kind for hand in hands for kind in hand) == sorted(LONG)


def test_each_part_begins_with_its_long_ones():
    long = [f"{ABSURD}::{n}" for n in range(3)] + [f"tests/browser/a.py::{n}" for n in range(2)]
    names = [f"tests/pv/domain/a.py::{n}" for n in range(30)] + long
    order = ordered([(name, name) for name in names], 2)
    middle = len(order) // 2
    assert order[:2] == long[3:]
    assert order[middle : middle + 3] == long[:3]


@given(
    st.lists(st.sampled_from([*LONG, "tests/pv/a.py", "tests/followup/b.py"]), max_size=60),
    st.integers(1, 6),
)
def test_no_test_is_lost_whatever_is_asked_for(kinds, workers):
    tests = [(f"{kind}::{n}", n) for n, kind in enumerate(kinds)]
    order = ordered(tests, workers)
    assert sorted(order) == list(range(len(kinds)))
    for kind in LONG:  # those of one kind stay in their order and together
        places = [place for place, test in enumerate(order) if kind_of(tests[test][0]) == kind]
        assert places == list(range(min(places, default=0), min(places, default=0) + len(places)))
        assert [order[place] for place in places] == sorted(order[place] for place in places)


def test_the_databases_are_made_beside_the_judgements_only_where_that_is_asked(monkeypatch):
    monkeypatch.delenv("PREPARE_DATABASES", raising=False)
    alone = [check.name for check in checks()]
    monkeypatch.setenv("PREPARE_DATABASES", "1")
    names = [check.name for check in checks()]
    assert names == [alone[0], "databases of the tests", *alone[1:]]
    assert alone[0] == "coverage of pv.domain"  # the longest begins, the other core does the rest


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        ([], False),
        (["--cov", "--cov-report="], False),
        (["-q", "-k", "worklist"], False),
        (["-n", "0"], True),
        (["--co"], True),
        (["--collect-only", "-q"], True),
        (["--pdb"], True),
        (["-s"], True),
    ],
)
def test_a_run_gets_workers_unless_its_caller_chose(arguments, own):
    assert run_tests.has_own_workers(arguments) is own
