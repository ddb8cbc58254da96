"""Answers about one event that contradict each other or should be confirmed."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from followup.domain.events import (
    CONGENITAL,
    DEATH,
    FATAL,
    OTHER_IMPORTANT,
    Contradiction,
    Doubt,
    EventFacts,
    contradictions,
    criteria,
    doubts,
    urgent,
)

TODAY, INFUSED = date(2026, 11, 28), date(2026, 8, 27)
PLAIN = EventFacts(aware_on=TODAY, today=TODAY, infused_on=INFUSED)
CODES = ("DEATH", "LIFE_THREATENING", "HOSPITALISATION", "OTHER_IMPORTANT", CONGENITAL)
OUTCOMES = ("", "RECOVERED", "RECOVERING", "NOT_RECOVERED", "RECOVERED_WITH_SEQUELAE", FATAL)


def day(text: str) -> PartialDate:
    return PartialDate.from_iso(text)


partial = st.none() | st.sampled_from(
    [
        day(t)
        for t in ("1986", "2026", "2026-08", "2026-08-01", "2026-09-01", "2026-11", "2026-11-20")
    ]
)
anything = st.builds(
    EventFacts,
    aware_on=st.dates(date(1986, 1, 1), TODAY),
    today=st.just(TODAY),
    infused_on=st.just(INFUSED),
    onset=partial,
    ended=partial,
    serious=st.sampled_from([None, True, False]),
    ticked=st.frozensets(st.sampled_from(CODES)),
    grade=st.none() | st.integers(1, 5),
    scale=st.sampled_from(["", "CTCAE_5", "ASTCT_CRS"]),
    outcome=st.sampled_from(OUTCOMES),
    malignancy=st.booleans(),
    pregnancy_of=st.sampled_from(["", "PATIENT", "PARTNER"]),
    pregnancy_outcome=st.sampled_from(["", "ONGOING", "STILLBIRTH", "LIVE_BIRTH"]),
    last_period=partial,
    anomaly=st.sampled_from(["", "YES", "NO"]),
    other_pregnancy=st.booleans(),
    sex=st.sampled_from(["MALE", "FEMALE", "UNKNOWN"]),
    birth_year=st.sampled_from([None, 1968]),
    died_on=partial,
)


@given(anything)
def test_what_is_stored_without_contradiction_agrees_with_itself(facts: EventFacts) -> None:
    if list(contradictions(facts)):
        return
    made = criteria(facts)
    assert not (facts.serious is False and made)
    assert facts.ticked <= made
    if facts.outcome == FATAL or (facts.scale, facts.grade) == ("CTCAE_5", 5):
        assert DEATH in made
    if DEATH in made:
        assert facts.outcome not in ("RECOVERED", "RECOVERED_WITH_SEQUELAE", "RECOVERING")
    if facts.malignancy:
        assert made
    if facts.onset and facts.ended:
        assert facts.ended.latest >= facts.onset.earliest
    if facts.died_on and facts.onset:
        assert facts.onset.earliest <= facts.died_on.latest
    assert not (facts.pregnancy_of == "PATIENT" and facts.sex == "MALE")


@given(anything)
def test_criteria_are_settled_at_once(facts: EventFacts) -> None:
    made = criteria(facts)
    assert criteria(replace(facts, ticked=made)) == made


def test_an_event_without_answers_is_neither_refused_nor_asked_about() -> None:
    assert not list(contradictions(PLAIN))
    assert not list(doubts(PLAIN))
    assert criteria(PLAIN) == frozenset()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"outcome": FATAL, "serious": False}, Contradiction.SERIOUS_AFTER_ALL),
        ({"malignancy": True, "serious": False}, Contradiction.SERIOUS_AFTER_ALL),
        ({"grade": 5, "scale": "CTCAE_5", "serious": False}, Contradiction.SERIOUS_AFTER_ALL),
        (
            {"grade": 5, "scale": "CTCAE_5", "outcome": "RECOVERED"},
            Contradiction.DEATH_GRADE_NOT_FATAL,
        ),
        (
            {"ticked": frozenset({DEATH}), "outcome": "RECOVERED"},
            Contradiction.DEATH_BUT_RECOVERING,
        ),
        ({"onset": day("2026-11-20"), "ended": day("2026-11-19")}, Contradiction.END_BEFORE_ONSET),
        ({"ended": day("2026-11-29")}, Contradiction.END_LATER_THAN_TODAY),
        ({"onset": day("2026-11-20"), "died_on": day("2026-10")}, Contradiction.ONSET_AFTER_DEATH),
        ({"ended": day("2026-11-20"), "died_on": day("2026-10")}, Contradiction.END_AFTER_DEATH),
        ({"pregnancy_of": "PATIENT", "sex": "MALE"}, Contradiction.PREGNANT_MAN),
        ({"ticked": frozenset({CONGENITAL}), "anomaly": "NO"}, Contradiction.ANOMALY_DENIED),
        ({"onset": day("1960"), "birth_year": 1968}, Contradiction.ONSET_BEFORE_BIRTH),
    ],
)
def test_answers_that_cannot_both_be_true(answers, expected) -> None:
    assert expected in list(contradictions(replace(PLAIN, **answers)))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"onset": day("2026-08-01")}, Doubt.ONSET_BEFORE_INFUSION),
        ({"aware_on": date(1986, 11, 28)}, Doubt.AWARE_BEFORE_INFUSION),
        ({"aware_on": INFUSED - timedelta(days=1)}, Doubt.AWARE_BEFORE_INFUSION),
        (
            {"infused_on": date(2019, 1, 1), "aware_on": date(2020, 1, 1)},
            Doubt.AWARE_LONG_AGO,
        ),
        ({"ticked": frozenset({DEATH}), "outcome": "NOT_RECOVERED"}, Doubt.DEATH_NOT_OUTCOME),
        ({"outcome": FATAL, "grade": 4, "scale": "CTCAE_5"}, Doubt.GRADE_OF_A_SURVIVOR),
        ({"ended": day("2026-11-20"), "outcome": "NOT_RECOVERED"}, Doubt.ENDED_NOT_OVER),
        ({"pregnancy_of": "PATIENT"}, Doubt.PREGNANT_SEX_UNKNOWN),
        ({"pregnancy_of": "PARTNER", "sex": "FEMALE"}, Doubt.PARTNER_OF_A_WOMAN),
        (
            {"pregnancy_of": "PATIENT", "sex": "FEMALE", "other_pregnancy": True},
            Doubt.ANOTHER_PREGNANCY,
        ),
        ({"pregnancy_outcome": "ONGOING", "last_period": day("2025")}, Doubt.LONG_PREGNANCY),
    ],
)
def test_what_is_possible_but_unlikely_is_asked(answers, expected) -> None:
    assert list(doubts(replace(PLAIN, **answers))) == [expected]


def test_a_partial_date_that_may_be_right_is_not_asked_about() -> None:
    assert not list(doubts(replace(PLAIN, onset=day("2026-08"), ended=day("2026"))))
    assert not list(contradictions(replace(PLAIN, onset=day("2026-11-20"), died_on=day("2026"))))


def test_criteria_the_answers_imply() -> None:
    assert criteria(replace(PLAIN, outcome=FATAL)) == {DEATH}
    assert criteria(replace(PLAIN, malignancy=True)) == {OTHER_IMPORTANT}
    assert criteria(replace(PLAIN, malignancy=True, outcome=FATAL)) == {DEATH}
    assert criteria(replace(PLAIN, anomaly="YES")) == {CONGENITAL}


def test_what_makes_a_report_more_urgent():
    assert urgent(PLAIN) == frozenset()
    assert urgent(replace(PLAIN, serious=False)) == frozenset()
    assert urgent(replace(PLAIN, serious=True)) == {"SERIOUS"}
    assert urgent(replace(PLAIN, outcome=FATAL)) == {"FATAL", DEATH}
    assert urgent(replace(PLAIN, malignancy=True)) == {"MALIGNANCY", OTHER_IMPORTANT}
