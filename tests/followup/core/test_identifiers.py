"""Identifiers that stand in the order in which they were made."""

import time
from concurrent.futures import ThreadPoolExecutor

from followup.core.identifiers import uuid7


def test_they_are_version_seven_and_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert before <= made.int >> 80 <= after + 1


def test_the_order_of_making_is_the_order_of_the_values() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_never_share_one() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [
            one
            for many in pool.map(lambda _: [uuid7() for _ in range(2000)], range(8))
            for one in many
        ]
    assert len({one.int >> 64 for one in made}) == len(made)


def test_a_clock_set_back_a_little_does_not_turn_the_order(monkeypatch) -> None:
    first = uuid7()
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 500_000_000)
    assert uuid7() > first
