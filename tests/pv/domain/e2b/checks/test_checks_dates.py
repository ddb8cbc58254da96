"""Dates of a message: form, precision, and what is certainly in the future."""

import os
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.e2b.checks.dates import (
    DAY,
    SECOND,
    YEAR,
    Latest,
    is_after,
    is_future,
    moment,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "100"))
FIRST = datetime(1900, 1, 2, tzinfo=UTC)
MOMENTS = st.integers(0, 200 * 366 * 86400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
DIGITS = st.sampled_from([4, 6, 8, 10, 12, 14])
SECONDS = st.integers(0, 4000 * 86400)
ZONES = st.integers(-14 * 60, 14 * 60)


def written(at: datetime, digits: int) -> str:
    return at.strftime("%Y%m%d%H%M%S")[:digits]


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("2026", YEAR),
        ("202611", 6),
        ("20261122", DAY),
        ("2026112209", 10),
        ("20261122093015", SECOND),
        ("20261122093015.1234+0800", SECOND),
        ("20261122093015-0500", SECOND),
        ("20240229", DAY),
    ],
)
def test_precision(text, digits):
    assert moment(text).precision == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "20261",
        "202613",
        "20260229",
        "2026112224",
        "202611220960",
        "20261122093060",
        "2026-11-22",
        "２０２６",
        "20261122 ",
        "20261122093015+1500",
        "0000",
        "20261122T093015",
    ],
)
def test_what_is_no_date(text):
    assert moment(text) is None


@pytest.mark.parametrize(
    ("text", "future"),
    [
        ("2026", False),
        ("2027", True),
        ("202611", False),
        ("202612", True),
        ("20261123", False),  # it is the 23rd already where the day began 14 hours earlier
        ("20261124", True),
        ("20261122120000+0000", False),
        ("20261122120001+0000", True),
        ("20261122200000+0800", False),
        ("20261122200001+0800", True),
        ("20261123015959", False),
        ("20261123020001", True),
        ("00010101000000+1400", False),
        ("99991231235959-1400", True),
    ],
)
def test_future_against_an_aware_now(text, future):
    latest = Latest.of(datetime(2026, 11, 22, 12, tzinfo=UTC))
    assert is_future(text, latest) is future


def test_the_day_of_a_date_counts_as_past():
    latest = Latest.of(date(2026, 11, 22))
    assert not is_future("20261122235959", latest)
    assert is_future("20261123", latest)


@settings(max_examples=EXAMPLES, deadline=None)
@given(now=MOMENTS, seconds=SECONDS, zone=ZONES)
def test_an_instant_with_a_zone_is_future_exactly_when_it_is_later(now, seconds, zone):
    latest = Latest.of(now)
    sign = "-" if zone < 0 else "+"
    hours, minutes = divmod(abs(zone), 60)
    for at in (now - timedelta(seconds=seconds), now + timedelta(seconds=seconds)):
        local = at.astimezone(timezone(timedelta(minutes=zone)))
        text = f"{written(local, SECOND)}{sign}{hours:02}{minutes:02}"
        assert is_future(text, latest) is (at > now)


@settings(max_examples=EXAMPLES, deadline=None)
@given(now=MOMENTS, seconds=SECONDS, digits=DIGITS, zone=ZONES)
def test_what_any_clock_ever_showed_is_never_future(now, seconds, digits, zone):
    local = (now - timedelta(seconds=seconds)).astimezone(timezone(timedelta(minutes=zone)))
    assert not is_future(written(local, digits), Latest.of(now))


@settings(max_examples=EXAMPLES, deadline=None)
@given(first=MOMENTS, second=MOMENTS, a=DIGITS, b=DIGITS)
def test_after_is_only_said_when_it_is_certain(first, second, a, b):
    one, other = written(first, a), written(second, b)
    if is_after(one, other):
        assert first > second
        assert not is_after(other, one)
