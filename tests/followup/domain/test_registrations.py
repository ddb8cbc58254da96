"""Registrations of one person: which infusions are one, and which registration stands today."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.registrations import Given, last_of, same_infusions

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def test_one_product_on_one_day_is_one_infusion():
    leaving = [Given("a", "P", DAY), Given("b", "P", NEXT), Given("c", "Q", DAY)]
    staying = [Given("x", "P", DAY), Given("y", "Q", NEXT)]
    assert same_infusions(leaving, staying) == {"a": "x"}


def test_each_infusion_stands_for_at_most_one_other():
    twice = [Given("b", "P", DAY), Given("a", "P", DAY)]
    assert same_infusions(twice, [Given("x", "P", DAY)]) == {"a": "x"}
    assert same_infusions(twice, [Given("y", "P", DAY), Given("x", "P", DAY)]) == {
        "a": "x",
        "b": "y",
    }


infusions = st.lists(
    st.builds(
        Given, st.text("abc", min_size=1), st.sampled_from("PQ"), st.sampled_from([DAY, NEXT])
    ),
    unique_by=lambda one: one.key,
    max_size=6,
)


@given(infusions, infusions, st.randoms())
def test_the_order_of_the_rows_never_matters_and_pairs_agree(leaving, staying, random):
    pairs = same_infusions(leaving, staying)
    mixed = [random.sample(rows, len(rows)) for rows in (leaving, staying)]
    assert same_infusions(*mixed) == pairs
    assert len(set(pairs.values())) == len(pairs)
    left, right = ({one.key: (one.product, one.on) for one in rows} for rows in (leaving, staying))
    assert all(left[one] == right[two] for one, two in pairs.items())
    unpaired = [left[key] for key in left.keys() - pairs.keys()]
    free = [right[key] for key in right.keys() - set(pairs.values())]
    assert not set(unpaired) & set(free)


def test_the_last_of_a_chain_stands_and_a_voided_one_ends_it():
    chain = {1: 2, 2: 3}
    assert [last_of(key, chain) for key in (1, 2, 3, 9)] == [3, 3, 3, 9]
    assert last_of(1, {1: 2, 2: None}) is None
    assert last_of(1, {1: 2, 2: 1}) is None, "a ring leads nowhere, and ends"
