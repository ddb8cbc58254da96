"""Kits: what may follow what, the whole chain in order, and until when one may be used."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.samples import Moment
from followup.domain.samples.kits import (
    KITS,
    KitError,
    KitProblem,
    KitReason,
    KitState,
    KitStep,
    KitStepKind,
    ShelfLife,
    last_day,
    scanned_part,
    shelf_life,
    walk,
)
from followup.domain.samples.numbers import (
    KitNumber,
    SampleNumber,
    SampleNumberError,
    SampleNumberProblem,
    format_kit_number,
    format_sample_number,
    read_kit_number,
    read_sample_number,
)
from tests.examples import at_most

DAY = date(2026, 3, 2)
K, S, P = KitStepKind, KitState, KitProblem


def step(kind, days=0, **more):
    given = {"place": "Laboratory", "carrier": "SF 123", "person": "Li", "reason": "OTHER"}
    return KitStep(kind=kind, happened=Moment(DAY + timedelta(days=days)), **given | more)


def at(kind, hour, day=DAY, **more):
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    return KitStep(kind=kind, happened=Moment(day, moment), **more)


def run(*steps, expires_on=None):
    return walk(steps, expires_on=expires_on, zone=UTC)


def refused(*steps, expires_on=None) -> KitError:
    with pytest.raises(KitError) as caught:
        run(*steps, expires_on=expires_on)
    return caught.value


ARRIVED = (step(K.ASSEMBLE), step(K.SEND, 1), step(K.RECEIVE, 3))


def test_a_whole_life() -> None:
    assert run(*ARRIVED) is S.RECEIVED
    assert run(*ARRIVED, step(K.USE, 5), step(K.USE, 4)) is S.IN_USE
    assert run(*ARRIVED, step(K.USE, 5), step(K.RETURN, 6)) is S.RETURNED
    assert run(*ARRIVED, step(K.RETURN, 6), step(K.DISCARD, 9)) is S.DISCARDED
    assert run(step(K.ASSEMBLE), step(K.SEND), step(K.LOSE, 9), step(K.FIND, 12)) is S.RECEIVED
    assert run(*ARRIVED, step(K.USE, 4), step(K.LOSE, 9), step(K.FIND, 12)) is S.IN_USE


@pytest.mark.parametrize(
    "kinds",
    [
        (K.SEND,),
        (K.ASSEMBLE, K.ASSEMBLE),
        (K.ASSEMBLE, K.RECEIVE),
        (K.ASSEMBLE, K.USE),
        (K.ASSEMBLE, K.SEND, K.USE),
        (K.ASSEMBLE, K.SEND, K.DISCARD),
        (K.ASSEMBLE, K.SEND, K.RECEIVE, K.RETURN, K.USE),
        (K.ASSEMBLE, K.SEND, K.RECEIVE, K.LOSE, K.USE),
        (K.ASSEMBLE, K.DISCARD, K.SEND),
        (K.ASSEMBLE, K.FIND),
    ],
)
def test_what_may_not_follow_is_refused(kinds) -> None:
    assert refused(*map(step, kinds)).code is P.NOT_ALLOWED_NOW


def test_an_empty_chain_is_no_kit() -> None:
    assert refused().code is P.NOT_ALLOWED_NOW


@pytest.mark.parametrize(
    ("kind", "before", "missing"),
    [
        (K.ASSEMBLE, (), ("place",)),
        (K.SEND, ARRIVED[:1], ("carrier", "place")),
        (K.RECEIVE, ARRIVED[:2], ("person", "place")),
        (K.RETURN, ARRIVED, ("carrier", "place")),
        (K.LOSE, ARRIVED, ("reason",)),
        (K.DISCARD, ARRIVED, ("reason",)),
    ],
)
def test_a_step_says_what_it_lacks(kind, before, missing) -> None:
    bare = KitStep(kind=kind, happened=Moment(DAY + timedelta(days=9)))
    error = refused(*before, bare)
    assert (error.code, error.details, error.step) == (P.MISSING, missing, len(before))


def test_collected_before_the_kit_came_is_refused() -> None:
    assert refused(*ARRIVED, step(K.USE, 2)).code is P.BEFORE_RECEIPT
    assert refused(*ARRIVED, step(K.USE, -9)).code is P.BEFORE_RECEIPT
    # On the very day, without a time, it may have been after; with times it is known.
    assert run(*ARRIVED, step(K.USE, 3)) is S.IN_USE
    came = at(K.RECEIVE, 14, place="Ward", person="Li")
    sent = (step(K.ASSEMBLE), step(K.SEND))
    assert refused(*sent, came, at(K.USE, 13)).code is P.BEFORE_RECEIPT
    assert run(*sent, came, at(K.USE, 15)) is S.IN_USE


def test_no_step_lies_before_any_earlier_one_not_only_its_neighbour() -> None:
    use = step(K.USE, 5)
    assert refused(*ARRIVED, use, step(K.RETURN, 4)).code is P.OUT_OF_ORDER
    unknown = KitStep(kind=K.SEND, happened=Moment(None), place="x", carrier="x")
    error = refused(step(K.ASSEMBLE, 5), unknown, step(K.RECEIVE, 4))
    assert (error.code, error.step) == (P.OUT_OF_ORDER, 2)


def test_an_expired_kit_is_used_only_with_a_deviation() -> None:
    last = DAY + timedelta(days=4)
    assert run(*ARRIVED, step(K.USE, 4), expires_on=last) is S.IN_USE
    error = refused(*ARRIVED, step(K.USE, 5), expires_on=last)
    assert (error.code, error.details) == (P.EXPIRED, ("deviation",))
    said = step(K.USE, 5, deviation="No other kit on the ward")
    assert run(*ARRIVED, said, expires_on=last) is S.IN_USE


def test_a_kit_is_discarded_as_expired_only_when_it_is() -> None:
    gone = step(K.DISCARD, 5, reason=KitReason.EXPIRED)
    assert run(*ARRIVED, gone, expires_on=DAY + timedelta(days=4)) is S.DISCARDED
    assert refused(*ARRIVED, gone, expires_on=DAY + timedelta(days=5)).code is P.NOT_EXPIRED
    assert refused(*ARRIVED, gone).code is P.NOT_EXPIRED


KINDS = st.sampled_from(KitStepKind)


@settings(max_examples=at_most(300))
@given(
    steps=st.lists(st.tuples(KINDS, st.integers(-20, 20), st.sampled_from(["", "late"]))),
    life=st.one_of(st.none(), st.integers(-20, 20)),
)
def test_whatever_stands_obeys_every_rule(steps, life) -> None:
    """Any chain the walk accepts, its times and uses checked one against all."""
    chain = [step(K.ASSEMBLE), *(step(k, d, deviation=said) for k, d, said in steps)]
    last = None if life is None else DAY + timedelta(days=life)
    try:
        state = run(*chain, expires_on=last)
    except KitError:
        return
    for place, each in enumerate(chain):
        for earlier in chain[:place]:
            both = {each.kind, earlier.kind} == {K.USE}
            assert both or each.happened.on >= earlier.happened.on
        if each.kind is K.USE:
            assert K.RECEIVE in {row.kind for row in chain[:place]} or K.FIND in {
                row.kind for row in chain[:place]
            }
            assert last is None or each.happened.on <= last or each.deviation
    assert KITS.reachable(S.ASSEMBLED) >= {state}
    assert (state is S.IN_USE) <= (K.USE in {row.kind for row in chain})


def test_the_kit_lasts_as_long_as_its_first_part() -> None:
    assert last_day([date(2027, 1, 1), None, date(2026, 9, 30)]) == date(2026, 9, 30)
    assert last_day([None, None]) is None
    assert last_day([]) is None


@pytest.mark.parametrize(
    ("days", "said"),
    [(-1, "EXPIRED"), (0, "SOON"), (30, "SOON"), (31, "VALID")],
)
def test_shelf_life_at_its_boundaries(days, said) -> None:
    found = shelf_life(DAY + timedelta(days=days), DAY, timedelta(days=30))
    assert found is ShelfLife(said)
    assert shelf_life(None, DAY, timedelta(days=30)) is ShelfLife.UNKNOWN


@pytest.mark.parametrize(
    ("text", "lot", "day"),
    [
        ("A123", "A123", None),
        ("(01)09506000134352(17)270131(10)B-77", "B-77", date(2027, 1, 31)),
        ("]C1010950600013435217270200\x1d10B77", "B77", date(2027, 2, 28)),
        ("(10)B77", "B77", None),
        ("(17)280200", "", date(2028, 2, 29)),
        ("(10)X(17)770101", "X", date(1977, 1, 1)),
        ("(10)X(17)760101", "X", date(2076, 1, 1)),
    ],
)
def test_a_scanned_part(text, lot, day) -> None:
    assert scanned_part(text, DAY) == (lot, day)


@pytest.mark.parametrize("text", ["(17)271301", "(17)270231", "(01)09506000134353(10)B"])
def test_a_label_that_cannot_be(text) -> None:
    with pytest.raises(ValueError, match=r"month|day|check"):
        scanned_part(text, DAY)


@given(year=st.integers(2000, 2099), serial=st.integers(1, 999_999))
def test_a_kit_and_a_tube_are_never_mistaken(year, serial) -> None:
    kit, tube = format_kit_number(year, serial), format_sample_number(year, serial)
    assert str(read_kit_number(kit.lower().replace("-", ""))) == kit
    assert read_kit_number(kit) == KitNumber(year % 100, serial) != SampleNumber(year % 100, serial)
    for read, other in ((read_kit_number, tube), (read_sample_number, kit)):
        with pytest.raises(SampleNumberError) as caught:
            read(other)
        assert caught.value.code is SampleNumberProblem.FORM


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty"), ("K26-000001-00", "check"), ("K26-000000-98", "form"), ("K2６", "form")],
)
def test_what_is_no_kit_number(text, code) -> None:
    with pytest.raises(SampleNumberError) as caught:
        read_kit_number(text)
    assert caught.value.code.value == code
