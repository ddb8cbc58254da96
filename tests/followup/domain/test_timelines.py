"""The picture of a life: marks inside their panel, partial dates as spans, nothing moved."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.timelines import LEFT, RIGHT, WIDTH, Lane, Moment, panels

ZERO = date(2020, 3, 1)


def at(days: int, lane: Lane = Lane.VISIT, **more) -> Moment:
    day = ZERO + timedelta(days=days)
    return Moment(lane, "done", day, more.pop("last", day), f"D{days}", **more)


def test_the_first_hundred_days_and_the_life_are_two_panels() -> None:
    near, life = panels([at(0), at(28), at(400)], ZERO, ZERO + timedelta(days=500))
    assert [mark.row for mark in near.marks] == [0, 1]
    assert [mark.row for mark in life.marks] == [0, 1, 2]
    assert near.now is None
    assert life.now is not None


def test_within_a_hundred_days_one_panel_is_enough() -> None:
    assert len(panels([at(0), at(28)], ZERO, ZERO + timedelta(days=60))) == 1


def test_a_year_alone_is_a_bar_over_the_year() -> None:
    moment = Moment(Lane.EVENT, "event", date(2021, 1, 1), date(2021, 12, 31), "2021")
    (mark,) = panels([moment], ZERO, date(2022, 3, 1))[1].marks
    assert mark.x2 - mark.x > 200


moments = st.lists(
    st.builds(
        lambda lane, start, wide, lasts: Moment(
            lane,
            "done",
            ZERO + timedelta(days=start),
            ZERO + timedelta(days=start + wide),
            "x",
            ZERO + timedelta(days=start + wide + lasts) if lasts else None,
        ),
        st.sampled_from(Lane),
        st.integers(-200, 7000),
        st.sampled_from([0, 0, 30, 364]),
        st.integers(0, 900),
    ),
    max_size=20,
)


@given(moments, st.integers(0, 7500))
def test_every_mark_lies_in_its_panel_and_time_runs_to_the_right(found, passed) -> None:
    for panel in panels(found, ZERO, ZERO + timedelta(days=passed)):
        for mark in panel.marks:
            assert LEFT - 0.1 <= mark.x <= mark.x2 <= WIDTH - RIGHT + 0.1
            assert 0 < mark.y < panel.height
        ordered = sorted(panel.marks, key=lambda mark: found[mark.row].first)
        assert all(a.x <= b.x + 0.1 for a, b in zip(ordered, ordered[1:], strict=False))
        assert len(panel.ticks) <= 9
