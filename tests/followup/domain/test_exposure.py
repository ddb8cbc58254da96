"""Person-time: every day in one tier, and sums that do not depend on the split."""

import os
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.exposure import (
    Absence,
    History,
    Spell,
    Tier,
    at_risk,
    days_by_tier,
    lexis,
    person_years,
    spells,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
D0 = date(2022, 3, 1)
BIRTH = date(1960, 2, 29)
CUTOFF = date(2026, 3, 1)


def history(**change):
    return History(**{"day0": D0, "birth": BIRTH, **change})


def tiers(made):
    return [(s.tier, s.start, s.end) for s in made]


def test_a_quiet_life_is_one_spell():
    assert tiers(spells(history(), CUTOFF)) == [(Tier.ACTIVE, D0, CUTOFF)]
    lagged = spells(history(), CUTOFF, lag_days=90)
    assert lagged[0].start == date(2022, 5, 30)
    assert days_by_tier(lagged) == {Tier.ACTIVE: (CUTOFF - D0).days - 90}
    assert spells(history(), D0) == ()


def test_every_tier_in_one_life():
    made = spells(
        history(
            overdue=((date(2022, 9, 1), date(2022, 10, 1)),),
            absences=(
                Absence(date(2023, 1, 1), date(2023, 6, 1), looked_back=True),
                Absence(date(2023, 8, 1), date(2023, 9, 1)),
            ),
            transferred=((date(2024, 1, 1), date(2024, 7, 1)),),
            withdrawn=((date(2025, 1, 1), None),),
            died_on=date(2025, 9, 9),
        ),
        CUTOFF,
    )
    assert tiers(made) == [
        (Tier.ACTIVE, D0, date(2022, 9, 1)),
        (Tier.OVERDUE, date(2022, 9, 1), date(2022, 10, 1)),
        (Tier.ACTIVE, date(2022, 10, 1), date(2023, 1, 1)),
        (Tier.REGAINED, date(2023, 1, 1), date(2023, 6, 1)),
        (Tier.ACTIVE, date(2023, 6, 1), date(2023, 8, 1)),
        (Tier.LOST, date(2023, 8, 1), date(2023, 9, 1)),
        (Tier.ACTIVE, date(2023, 9, 1), date(2024, 1, 1)),
        (Tier.TRANSFERRED, date(2024, 1, 1), date(2024, 7, 1)),
        (Tier.ACTIVE, date(2024, 7, 1), date(2025, 1, 1)),
        (Tier.WITHDRAWN, date(2025, 1, 1), date(2025, 9, 9)),
        (Tier.DEAD, date(2025, 9, 9), CUTOFF),
    ]


def test_still_lost_counts_to_the_last_contact_only():
    made = spells(history(absences=(Absence(date(2023, 1, 1)),)), CUTOFF)
    counted = {Tier.ACTIVE, Tier.OVERDUE, Tier.REGAINED}
    assert sum(part.days for part in at_risk(made, counted)) == (date(2023, 1, 1) - D0).days


def test_event_ends_time_at_risk_and_death_on_day_n_gives_n_days():
    made = spells(history(event_on=D0 + timedelta(days=10)), CUTOFF)
    assert [part.days for part in at_risk(made, {Tier.ACTIVE})] == [10]
    dead = spells(history(died_on=D0 + timedelta(days=1)), CUTOFF)
    assert days_by_tier(dead)[Tier.ACTIVE] == 1


def test_birthday_and_new_year_split():
    cells = lexis([Spell(Tier.ACTIVE, date(2024, 12, 30), date(2025, 3, 2))], BIRTH, (0, 65))
    found = {(c.age_from, c.year): c.days for c in cells}
    assert found == {(0, 2024): 2, (0, 2025): 58, (65, 2025): 2}


def test_below_the_lowest_band_stays_visible():
    cells = lexis([Spell(Tier.ACTIVE, D0, D0 + timedelta(days=5))], BIRTH, (65, 75))
    assert [(c.age_from, c.days) for c in cells] == [(None, 5)]


def test_age_bands_must_ascend():
    with pytest.raises(ValueError, match="ascend"):
        lexis([], BIRTH, (10, 5))


def test_person_years():
    assert person_years(1461) == 4.0
    assert person_years(365, 365) == 1.0


offsets = st.integers(-100, 4000)
spans = st.lists(st.tuples(offsets, st.one_of(st.none(), st.integers(0, 900))), max_size=3)


def _day(n):
    return D0 + timedelta(days=n)


@st.composite
def histories(draw):
    def spell_list():
        return tuple((_day(a), None if b is None else _day(a + b)) for a, b in draw(spans))

    absences = tuple(Absence(a, b, draw(st.booleans())) for a, b in spell_list())
    end = st.one_of(st.none(), offsets.map(_day))
    return History(
        D0,
        draw(st.dates(date(1930, 1, 1), D0)),
        absences,
        spell_list(),
        spell_list(),
        spell_list(),
        draw(end),
        draw(end),
    )


bands = st.lists(st.integers(0, 110), unique=True, max_size=8).map(sorted)


@settings(max_examples=EXAMPLES)
@given(histories(), st.integers(0, 5000), st.integers(0, 400), bands, bands)
def test_sums_over_any_split_are_equal(life, length, lag, one, two):
    cutoff = _day(length)
    made = spells(life, cutoff, lag_days=lag)
    total = max(0, length - lag)
    assert sum(s.days for s in made) == total
    assert all(a.end == b.start and a.tier is not b.tier for a, b in pairwise(made))
    for split in (one, two):
        cells = lexis(made, life.birth, split)
        assert sum(c.days for c in cells) == total
        by_tier = {}
        for cell in cells:
            by_tier[cell.tier] = by_tier.get(cell.tier, 0) + cell.days
        assert by_tier == days_by_tier(made)
    years = {}
    for n in range(lag, length):
        years[_day(n).year] = years.get(_day(n).year, 0) + 1
    found = {}
    for cell in lexis(made, life.birth, one):
        found[cell.year] = found.get(cell.year, 0) + cell.days
    assert found == years


@settings(max_examples=EXAMPLES)
@given(histories(), st.integers(1, 3000), st.integers(0, 3000))
def test_one_day_at_a_time_gives_the_same_tiers(life, length, which):
    made = spells(life, _day(length))
    day = _day(which % length)
    tier = next(s.tier for s in made if s.start <= day < s.end)
    alone = spells(life, day + timedelta(days=1))[-1].tier
    if life.died_on and life.died_on <= day:
        assert tier is Tier.DEAD
    assert tier is alone


@given(histories(), st.integers(1, 3000))
def test_time_after_death_never_counts(life, length):
    made = spells(life, _day(length))
    alive = at_risk(made, set(Tier) - {Tier.DEAD, Tier.EVENT})
    for end in (life.died_on, life.event_on):
        assert end is None or all(s.end <= max(end, D0) for s in alive)
