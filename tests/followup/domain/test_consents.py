"""What papers and withdrawals say together: the last word counts, in any order of typing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.consents import (
    ConsentRules,
    Paper,
    Standing,
    Withdrawal,
    Word,
    age_on,
    counts_from,
    end_of,
    read_consent_rules,
    standing,
)
from followup.domain.dates import PartialDate

START = date(2024, 1, 1)
HOLDER = "HOLDER"


def day(n: int) -> date:
    return START + timedelta(days=n)


def paper(key: int, n: int, *, says: str) -> Paper:
    """A paper of day `n` that agrees, refuses or leaves the purpose open."""
    asked = frozenset({HOLDER})
    none: frozenset[str] = frozenset()
    exact = PartialDate.of(day(n))
    return Paper(
        key,
        exact,
        day(n),
        asked if says == "yes" else none,
        asked if says == "no" else none,
    )


PAPERS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["yes", "no", "open"])), min_size=1, max_size=5
)
WITHDRAWN = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 8), st.booleans()), max_size=3)


def replayed(papers: list[Paper], withdrawals: list[Withdrawal]) -> bool:
    """Day by day: agreements, then refusals, then withdrawals."""
    in_force: dict[object, date] = {}
    for n in range(10):
        on = day(n)
        for each in papers:
            if each.counts_from == on and HOLDER in each.purposes:
                in_force[each.key] = on
        for each in papers:
            if each.counts_from == on and HOLDER in each.refused:
                in_force = {k: v for k, v in in_force.items() if k == each.key}
        for w in withdrawals:
            if w.on == on:
                in_force.pop(w.key, None)
                if w.earlier_too:
                    in_force = {k: v for k, v in in_force.items() if v >= on}
    return bool(in_force)


@given(PAPERS, WITHDRAWN, st.randoms(use_true_random=False))
def test_any_order_gives_what_the_final_facts_say(told, ended, random):
    papers = [paper(key, n, says=says) for key, (n, says) in enumerate(told)]
    signed = {p.key: p.counts_from for p in papers}
    withdrawals = [
        Withdrawal(key, max(day(n), signed[key]), frozenset({HOLDER}), earlier)
        for key, n, earlier in ((k % len(papers), n, earlier) for k, n, earlier in ended)
    ]
    agreeing = [p for p in papers if HOLDER in p.purposes]
    ends = {p.key: end_of(p, HOLDER, papers, withdrawals) for p in agreeing}
    random.shuffle(papers)
    random.shuffle(withdrawals)
    again = {p.key: end_of(p, HOLDER, papers, withdrawals) for p in agreeing}
    assert ends == again
    assert any(end is None for end in ends.values()) is replayed(papers, withdrawals)


@given(st.integers(0, 40), st.integers(1, 12))
def test_a_month_never_outlives_a_withdrawal_that_may_be_later(n, month):
    """A paper of some day of a month, withdrawn within that month: nobody knows which was first."""
    on = START + timedelta(days=n)
    signed = PartialDate(2024, month)
    known = Paper(1, signed, counts_from(signed, date(2025, 1, 1)), frozenset({HOLDER}))
    told = Withdrawal(2, on, frozenset({HOLDER}), earlier_too=True)
    end = end_of(known, HOLDER, [known], [told])
    assert (end is None) is (signed.earliest >= on)
    assert end is None or end >= known.counts_from


def test_what_lies_on_the_desk_is_signed():
    assert counts_from(PartialDate(2026, 11), date(2026, 11, 29)) == date(2026, 11, 29)
    assert counts_from(PartialDate(2026, 10), date(2026, 11, 29)) == date(2026, 10, 31)


def test_each_purpose_has_a_word_and_a_day():
    agreed = paper(1, 0, says="yes")
    refused = paper(2, 5, says="no")
    ended = Paper(1, agreed.signed, agreed.counts_from, agreed.purposes, ended=day(3))
    assert standing(HOLDER, []) == Standing(Word.NEVER_AGREED)
    assert standing(HOLDER, [paper(3, 1, says="open")]) == Standing(Word.NEVER_AGREED)
    assert standing(HOLDER, [agreed]) == Standing(Word.AGREED, day(0))
    assert standing(HOLDER, [ended]) == Standing(Word.WITHDRAWN, day(3))
    assert standing(HOLDER, [ended, refused]) == Standing(Word.REFUSED, day(5))
    same_day = Paper(1, agreed.signed, agreed.counts_from, agreed.purposes, ended=day(5))
    for papers in ([same_day, refused], [refused, same_day]):
        assert standing(HOLDER, papers) == Standing(Word.REFUSED, day(5))
    assert standing(HOLDER, [refused, paper(4, 9, says="yes")]) == Standing(Word.AGREED, day(9))


RULES = ConsentRules(guardian_under=14, assent_from=8, own_from=18, renewed_at=(14, 18))


def test_a_guardian_s_signature_is_renewed_at_fourteen_and_of_age():
    assert RULES.renewal_year(2012, 2020, 2025) is None
    assert RULES.renewal_year(2012, 2020, 2026) == 2026
    assert RULES.renewal_year(2012, 2027, 2029) is None
    assert RULES.renewal_year(2012, 2027, 2031) == 2030


def test_an_age_is_as_sure_as_both_dates():
    assert age_on(PartialDate(2012, 11, 30), PartialDate(2026, 11, 29)) == (13, 13)
    assert age_on(PartialDate(2012, 11, 29), PartialDate(2026, 11, 29)) == (14, 14)
    assert age_on(PartialDate(2012), PartialDate(2026, 11, 29)) == (13, 14)
    assert age_on(PartialDate(2012, 11, 30), PartialDate(2026)) == (13, 14)


@pytest.mark.parametrize(
    "change", [{"guardian_under": 7}, {"renewed_at": []}, {"assent_from": "8"}, {"own_from": 40}]
)
def test_ages_out_of_order_are_refused(change):
    good = {"guardian_under": 14, "assent_from": 8, "own_from": 18, "renewed_at": [14, 18]}
    assert read_consent_rules(good) == RULES
    with pytest.raises(ValueError, match="years|rise"):
        read_consent_rules({**good, **change})
