"""Positions of a box and what a count says: nothing is guessed, nothing counts twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.samples.numbers import format_sample_number
from followup.domain.samples.storage import Position, count, next_free, read_position

SIZES = st.integers(1, 26)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("B5", Position(2, 5)),
        ("b 05", Position(2, 5)),
        ("ｂ５", Position(2, 5)),
        ("J10", Position(10, 10)),
        ("K1", None),
        ("A11", None),
        ("A0", None),
        ("5B", None),
        ("", None),
    ],
)
def test_a_typed_position_of_a_box_of_ten_by_ten(text, place) -> None:
    assert read_position(text, 10, 10) == place


@given(SIZES, SIZES)
def test_every_position_is_read_back_as_written(rows, columns) -> None:
    last = Position(rows, columns)
    assert read_position(str(last), rows, columns) == last
    assert read_position(str(last), rows, columns - 1) is None or columns == 1


@given(SIZES, SIZES, st.data())
def test_the_next_free_position_is_the_first_one_not_taken(rows, columns, data) -> None:
    every = [Position(r, c) for r in range(1, rows + 1) for c in range(1, columns + 1)]
    taken = data.draw(st.sets(st.sampled_from(every)))
    free = [place for place in every if place not in taken]
    assert next_free(taken, rows, columns) == (free[0] if free else None)


def test_a_count_names_what_is_missing_too_much_and_unreadable() -> None:
    numbers = [format_sample_number(2026, n) for n in range(1, 5)]
    expected = {numbers[0]: Position(1, 2), numbers[1]: Position(1, 1), numbers[2]: Position(2, 1)}
    result = count(expected, [numbers[2], numbers[2].lower(), numbers[3], "S26-000001-99", " "])
    assert result.present == (numbers[2],)
    assert result.missing == (numbers[1], numbers[0])  # in the order of the positions
    assert result.unexpected == (numbers[3],)
    assert result.unreadable == ("S26-000001-99",)
    assert not result.agrees
    assert count(expected, list(expected)).agrees
