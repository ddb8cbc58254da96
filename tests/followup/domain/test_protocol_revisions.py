"""A new protocol version over a schedule on file, and the writing of versions."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import schedules
from followup.domain.protocols import (
    Protocol,
    ProtocolFault,
    next_version,
    point_changes,
    valid_code,
)
from followup.domain.schedules import FixedVisit
from followup.queries import shipped

CN = shipped.documents()["protocols"]["protocols"][0]
OLD = Protocol.from_dict(CN)


def version(**changed: dict) -> Protocol:
    """The shipped protocol with fields of points changed, by code; None takes a point out."""
    points = [
        {**point, **changed.get(point["code"], {})}
        for point in CN["points"]
        if changed.get(point["code"], {}) is not None
    ]
    return Protocol.from_dict({**CN, "version": "2", "points": points})


def on_file(day0: date, today: date, protocol: Protocol = OLD):
    visits = [FixedVisit(*visit[:4]) for visit in schedules.plan(day0, protocol, today + HORIZON)]
    return (
        [visit for visit in visits if visit.window_end < today],
        [visit for visit in visits if visit.window_end >= today],
    )


HORIZON = timedelta(days=730)


def revised(day0: date, today: date, new: Protocol, **more):
    fixed, open_ones = on_file(day0, today)
    return schedules.revise(
        day0,
        new,
        today + HORIZON,
        effective_on=today,
        fixed=fixed,
        open_visits=open_ones,
        **more,
    )


def test_a_moved_point_moves_only_where_it_is_open() -> None:
    new = version(M9={"offset": 10}, M3={"offset": 4})
    change = revised(date(2026, 1, 15), date(2026, 6, 1), new)
    assert [(m.before.code, m.before.target, m.after.target) for m in change.moved] == [
        ("M9", date(2026, 10, 15), date(2026, 11, 15))
    ]
    assert not change.added
    assert not change.dropped


def test_an_open_visit_is_not_put_into_a_window_that_has_closed() -> None:
    # M6 is open from 2026-06-15 to 2026-08-14; within a week it would have closed on 07-22.
    new = version(M6={"before": 7, "after": 7})
    change = revised(date(2026, 1, 15), date(2026, 8, 1), new)
    assert not change.moved
    assert not change.dropped
    assert "M6" not in [visit.code for visit in change.past]


def test_a_new_point_whose_window_closed_is_not_asked_for() -> None:
    extra = {**CN["points"][7], "code": "M4", "offset": 4, "before": 5, "after": 5}
    new = Protocol.from_dict({**CN, "version": "2", "points": [*CN["points"], extra]})
    assert [v.code for v in revised(date(2026, 1, 15), date(2026, 8, 1), new).past] == ["M4"]
    assert [v.code for v in revised(date(2026, 1, 15), date(2026, 5, 1), new).added] == ["M4"]


def test_a_visit_moved_beyond_the_horizon_stays_on_file() -> None:
    today = date(2026, 3, 1)
    last = on_file(date(2025, 1, 15), today)[1][-1]
    new = version(**{last.code: {"offset": OLD.by_code[last.code].offset + 2}})
    change = revised(date(2025, 1, 15), today, new)
    assert last.code not in [visit.code for visit in change.dropped]


days = st.dates(date(2015, 1, 1), date(2026, 11, 1))
shifts = st.fixed_dictionaries(
    {
        "M9": st.one_of(st.none(), st.fixed_dictionaries({"offset": st.integers(8, 10)})),
        "M18": st.one_of(
            st.none(),
            st.fixed_dictionaries({"before": st.integers(0, 50), "after": st.integers(0, 50)}),
        ),
        "M24": st.fixed_dictionaries({"after": st.integers(0, 60)}),
    }
)


@given(days, shifts, st.integers(0, 4000))
def test_every_open_visit_is_in_one_place_and_nothing_overlaps(day0, changed, passed) -> None:
    today = min(day0 + timedelta(days=passed), date(2027, 1, 1))
    fixed, open_ones = on_file(day0, today)
    change = revised(day0, today, version(**changed))
    places = [m.before.code for m in change.moved] + [v.code for v in change.dropped]
    assert len(places) == len(set(places))
    assert len(places) + change.untouched <= len(open_ones)
    gone = {v.code for v in change.dropped}
    moved = {m.before.code: m.after for m in change.moved}
    after = [FixedVisit(*moved[v.code][:4]) if v.code in moved else v for v in open_ones]
    rows = [v for v in after if v.code not in gone]
    rows += [FixedVisit(*v[:4]) for v in change.added]
    for visit in rows:
        assert visit.window_start <= visit.target <= visit.window_end
        if visit.code in moved or visit in change.added:
            assert visit.window_end >= today
    ordered = sorted([*fixed, *rows], key=lambda visit: visit.window_start)
    for one, two in zip(ordered, ordered[1:], strict=False):
        assert one.window_end < two.window_start


@given(days, shifts, st.integers(0, 4000))
def test_the_way_back_restores_what_was_open(day0, changed, passed) -> None:
    today = min(day0 + timedelta(days=passed), date(2027, 1, 1))
    fixed, open_ones = on_file(day0, today)
    change = revised(day0, today, version(**changed))
    moved = {m.before.code: FixedVisit(*m.after[:4]) for m in change.moved}
    gone = {v.code for v in change.dropped}
    there = [moved.get(v.code, v) for v in open_ones if v.code not in gone]
    there += [FixedVisit(*v[:4]) for v in change.added]
    back = schedules.revise(
        day0,
        OLD,
        today + HORIZON,
        effective_on=today,
        fixed=fixed,
        open_visits=there,
        shelved=gone,
    )
    again = {v.code: v for v in there if v.code not in {d.code for d in back.dropped}}
    again |= {m.before.code: FixedVisit(*m.after[:4]) for m in back.moved}
    again |= {v.code: FixedVisit(*v[:4]) for v in back.added}
    assert again == {v.code: v for v in open_ones}


def test_versions_written_here_have_numbers_no_shipped_one_has() -> None:
    assert next_version("1.1") == "1.1+1"
    assert next_version("1.1+1") == "1.1+2"
    assert next_version("1.1+9") == "1.1+10"


def test_what_a_version_changes_is_named_point_by_point() -> None:
    new = version(M9={"offset": 10}, M18=None, M6={"assessments": ["R"]})
    assert [(c.code, c.moves) for c in point_changes(OLD, new)] == [
        ("M6", False),
        ("M9", True),
        ("M18", True),
    ]
    assert point_changes(OLD, OLD) == ()


def test_a_fault_names_the_points() -> None:
    with pytest.raises(ProtocolFault) as caught:
        version(M9={"before": 150})
    assert (caught.value.kind, caught.value.points) == ("vanishes", ("M6", "M9"))
    with pytest.raises(ProtocolFault) as caught:
        version(M9={"offset": 6, "contact_types": ["PHONE"]})
    assert (caught.value.kind, caught.value.points) == ("same_day", ("M6", "M9"))
    with pytest.raises(ProtocolFault) as caught:
        version(M9={"code": "M6"})
    assert (caught.value.kind, caught.value.points) == ("repeated", ("M6",))


@pytest.mark.parametrize(
    ("code", "repeats", "right"),
    [
        ("M3", False, True),
        ("m3", False, False),
        ("M{month}", True, True),
        ("M{month}", False, False),
        ("M3", True, False),
        ("{year}", True, True),
        ("M{day}", True, False),
        ("", False, False),
    ],
)
def test_codes(code: str, repeats: bool, right: bool) -> None:
    assert valid_code(code, repeats=repeats) is right
