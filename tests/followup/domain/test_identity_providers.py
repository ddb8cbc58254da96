"""What a provider's claims say of a person, and what groups propose."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.identity_providers import (
    LONGEST_SUBJECT,
    Extent,
    Proposals,
    groups,
    proposals,
    states_groups,
    states_second_factor,
    subject,
)

EXTENTS = st.builds(
    Extent,
    st.sampled_from(["nurse", "physician", "auditor"]),
    st.none() | st.sampled_from([UUID(int=1), UUID(int=2)]),
    st.none() | st.just(UUID(int=9)),
)
GROUPS = st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(GROUPS, EXTENTS)), st.sets(GROUPS), st.sets(EXTENTS))
def test_after_the_proposals_the_ruled_rights_are_those_of_the_groups(rules, held, rights):
    told = proposals(rules, held, rights)
    after = (rights | told.give) - told.end
    ruled = {extent for _group, extent in rules}
    wanted = {extent for group, extent in rules if group in held}
    assert after & ruled == wanted
    assert after - ruled == rights - ruled  # given by hand: never touched
    assert not proposals(rules, held, after)  # nothing left to propose
    assert told.give.isdisjoint(rights)
    assert told.end <= rights


def test_without_a_rule_nothing_is_proposed():
    assert not proposals([], {"a"}, {Extent("nurse", None, None)})


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("u-1", "u-1"),
        ("王", "王"),
        (80017, "80017"),
        ("U-1", "U-1"),
        (" u-1", ""),
        ("", ""),
        (None, ""),
        (True, ""),
        (1.5, ""),
        (["u-1"], ""),
        ("u\x001", ""),
        ("u" * 256, ""),
    ],
)
def test_the_number_is_taken_to_the_letter_or_not_at_all(value, number):
    assert subject({"sub": value}, "sub") == number
    assert subject({"sub": value}, "employee") == ""


@pytest.mark.parametrize(
    ("value", "listed"),
    [
        (["b", "a", "a"], ("a", "b")),
        ("one", ("one",)),
        ([1, None, "a", "", "x" * 201], ("a",)),
        ({"a": 1}, ()),
        (7, ()),
        (None, ()),
    ],
)
def test_groups_are_texts_each_once(value, listed):
    assert groups({"groups": value}, "groups") == listed
    assert groups({"groups": value}, "") == ()


@pytest.mark.parametrize(
    ("claims", "stated"),
    [
        ({"groups": []}, True),
        ({"groups": ["a"]}, True),
        ({"groups": "a"}, True),
        ({"groups": ["a"] * 200}, True),
        ({"groups": ["a"] * 201}, False),
        ({"groups": None}, False),
        ({"groups": {"a": 1}}, False),
        ({"hasgroups": True, "_claim_names": {"groups": "src1"}}, False),
        ({}, False),
    ],
)
def test_what_the_provider_did_not_say_is_not_no_group(claims, stated):
    assert states_groups(claims, "groups") is stated
    assert not states_groups(claims, "")


@pytest.mark.parametrize(
    ("claims", "accepted", "stated"),
    [
        ({"amr": ["pwd", "otp"]}, ["otp"], True),
        ({"amr": ["pwd"]}, ["otp"], False),
        ({"acr": "urn:two"}, ["urn:two"], True),
        ({"amr": "otp"}, ["otp"], False),
        ({"amr": [["otp"]]}, ["otp"], False),
        ({"amr": ["otp"]}, [], False),
        ({}, ["otp"], False),
        ({"acr": None}, ["None"], False),
    ],
)
def test_a_second_factor_counts_only_where_its_word_was_accepted(claims, accepted, stated):
    assert states_second_factor(claims, accepted) is stated


def test_the_longest_number_of_a_person_is_taken_and_a_longer_one_is_not():
    longest = "7" * LONGEST_SUBJECT
    assert subject({"sub": longest}, "sub") == longest
    assert subject({"sub": longest + "7"}, "sub") == ""


def test_a_proposal_says_something_where_one_side_does():
    one = frozenset({Extent("nurse", None, None)})
    assert Proposals(one, frozenset())
    assert Proposals(frozenset(), one)
    assert not Proposals(frozenset(), frozenset())
