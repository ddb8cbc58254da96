"""How rights are given and looked through: the shipped numbers, and what no document may say."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.access_rules import read_access_rules
from followup.domain.sign_in import read_sign_in_rules

PLACE = Path(__file__).parents[3] / "followup" / "reference"
ACCESS, SIGN_IN = (
    json.loads((PLACE / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("access", "sign_in")
)
ROLES = ("auditor", "physician", "site_lead", "nurse")
RULES = read_access_rules(ACCESS, ROLES, care=("physician", "site_lead", "auditor"))


def test_the_shipped_rules_are_read_in_their_units():
    assert RULES.longest == timedelta(days=90)
    assert RULES.request_within == timedelta(hours=72)
    assert RULES.reveal_for == timedelta(minutes=30)
    assert RULES.review_within == timedelta(days=30)


def test_a_time_boxed_role_has_a_last_day_and_others_none():
    # 1 November and 90 days: 29 days to the end of the month, 31, and 30 of January.
    assert RULES.last_day("auditor", date(2026, 11, 1)) == date(2027, 1, 30)
    assert RULES.last_day("physician", date(2026, 11, 1)) is None


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 3, 31), date(2026, 1, 1)),
        (date(2026, 4, 1), date(2026, 4, 1)),
        (date(2026, 12, 31), date(2026, 10, 1)),
    ],
)
def test_periods_of_review_are_the_quarters(day, first):
    assert RULES.period_begins(day) == first


@given(st.dates(), st.sampled_from([1, 2, 3, 4, 6, 12]))
def test_every_day_lies_in_the_period_that_began_last(day, months):
    rules = read_access_rules({**ACCESS, "review_months": months})
    first = rules.period_begins(day)
    assert first <= day
    assert (first.day, (first.month - 1) % months) == (1, 0)
    assert (day.year - first.year) * 12 + day.month - first.month < months


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"review_months": 5}, "divide a year"),
        ({"review_months": 0}, "review_months must be a whole number from 1 to 12"),
        ({"time_boxed_days": 367}, "time_boxed_days must be a whole number from 1 to 366"),
        ({"request_hours": True}, "request_hours must be a whole number"),
        ({"reveal_minutes": 0.5}, "reveal_minutes must be a whole number"),
        ({"time_boxed_roles": ["king"]}, "time_boxed_roles: unknown roles: king"),
        ({"reveal_roles": ["nurse"]}, "reveal_roles: never shown an identity: nurse"),
    ],
)
def test_a_document_that_cannot_be_followed_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        read_access_rules({**ACCESS, **change}, ROLES, care=("physician", "site_lead", "auditor"))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("time_boxed_days", 366),
        ("request_hours", 336),
        ("review_days", 92),
        ("reveal_minutes", 480),
    ],
)
def test_a_number_may_be_as_small_and_as_large_as_it_says(name, most):
    for value in (1, most):
        read_access_rules({**ACCESS, name: value}, ROLES)
    for value in (0, most + 1):
        with pytest.raises(ValueError, match=name):
            read_access_rules({**ACCESS, name: value}, ROLES)


def test_who_needs_a_second_factor():
    rules = read_sign_in_rules(SIGN_IN)
    assert rules.requires(["nurse", "physician"])
    assert not rules.requires(["nurse"])
    assert not rules.requires([])
    assert rules.answer_within == timedelta(minutes=5)
    assert rules.reset_within == timedelta(days=3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drift_steps": 3}, "whole number from 0 to 2"),  # RFC 6238, 5.2
        ({"recovery_codes": 4}, "whole number from 5 to 20"),
        ({"recovery_length": 11}, "whole number from 12 to 30"),
        ({"answer_seconds": "300"}, "whole number from 60 to 900"),
        ({"reset_hours": 169}, "whole number from 1 to 168"),
        ({"required_roles": ["king"]}, "unknown roles: king"),
    ],
)
def test_rules_of_signing_in_that_cannot_be_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        read_sign_in_rules({**SIGN_IN, **change}, ["nurse", *SIGN_IN["required_roles"]])
