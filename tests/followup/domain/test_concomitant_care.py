"""Which answers of a treatment or stay are asked, needed and possible, kind by kind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.core import naming
from followup.domain.concomitant_care import (
    ANY_DETAIL,
    DETAILS,
    Care,
    CareItem,
    CareKind,
    CareProblem,
    asked,
    exposes,
    needed,
    problems,
)
from followup.domain.dates import PartialDate

TODAY = date(2026, 11, 30)
CODES = {name: frozenset({"A", "OTHER"}) for name in DETAILS.values()}
CODES |= {
    "yes_no_unknown": frozenset({"YES", "NO", "UNKNOWN"}),
    "care_dose_unit": frozenset({"G", "MG"}),
}
KINDS = st.sampled_from(CareKind)
DAYS = st.dates(date(2020, 1, 1), TODAY).map(PartialDate.of)
PARTIAL = st.one_of(
    DAYS,
    DAYS.map(lambda d: PartialDate(d.year, d.month)),
    DAYS.map(lambda d: PartialDate(d.year)),
)


def found(care: Care, birth_year: int | None = 1970):
    return problems(care, codes=CODES, today=TODAY, birth_year=birth_year)


def whole(kind: CareKind, **more) -> Care:
    """What a kind needs, and no more."""
    values = {
        "detail": "A",
        "name": "Varicella",
        "mutagenic": "NO",
        "live_vaccine": "YES",
        "given_for": "fever",
    }
    kept = {name: value for name, value in values.items() if CareItem(name) in needed(kind)}
    return Care(**{"kind": kind, "started": PartialDate(2026, 5)} | kept | more)


@given(KINDS)
def test_what_is_needed_is_asked_and_is_enough(kind) -> None:
    assert needed(kind) <= set(asked(kind))
    assert found(whole(kind)) == {}


@given(KINDS, st.data())
def test_nothing_is_recorded_without_what_is_needed(kind, data) -> None:
    item = data.draw(st.sampled_from(sorted(needed(kind))))
    empty = None if item is CareItem.STARTED else ""
    assert found(whole(kind, **{item.value: empty})) == {item: CareProblem.NEEDED}


@given(KINDS, st.sampled_from(["mutagenic", "live_vaccine", "given_for", "ongoing", "dose_unit"]))
def test_an_answer_to_what_is_not_asked_is_refused_and_never_dropped(kind, name) -> None:
    value = "G" if name == "dose_unit" else "YES"
    if CareItem(name) not in asked(kind):
        assert found(whole(kind, **{name: value}))[CareItem(name)] is CareProblem.NOT_ASKED


@settings(max_examples=200)
@given(PARTIAL, PARTIAL)
def test_an_end_is_wrong_only_when_every_day_it_can_mean_is(started, ended) -> None:
    care = whole(CareKind.HOSPITAL_STAY, started=started, ended=ended)
    impossible = ended.latest < started.earliest
    assert found(care) == ({CareItem.ENDED: CareProblem.ENDS_BEFORE_START} if impossible else {})


@given(KINDS)
def test_what_goes_on_has_not_ended(kind) -> None:
    if CareItem.ENDED in asked(kind):
        care = whole(kind, ended=PartialDate(2026, 6), ongoing="YES")
        assert found(care) == {CareItem.ENDED: CareProblem.ENDED_AND_ONGOING}
        assert found(whole(kind, ended=PartialDate(2026, 6), ongoing="UNKNOWN")) == {}


@pytest.mark.parametrize(
    ("dose", "unit", "wrong"),
    [
        (None, "", {}),
        (Decimal("0.001"), "G", {}),
        (Decimal(0), "G", {CareItem.DOSE: CareProblem.NOT_POSITIVE}),
        (Decimal(-1), "G", {CareItem.DOSE: CareProblem.NOT_POSITIVE}),
        (Decimal(5), "", {CareItem.DOSE_UNIT: CareProblem.UNIT_NEEDED}),
        (None, "G", {CareItem.DOSE: CareProblem.DOSE_NEEDED}),
        (Decimal(5), "cup", {CareItem.DOSE_UNIT: CareProblem.UNKNOWN_CODE}),
    ],
)
def test_a_dose_and_its_unit_belong_together(dose, unit, wrong) -> None:
    assert found(whole(CareKind.IMMUNOGLOBULIN, dose=dose, dose_unit=unit)) == wrong


def test_days_that_cannot_be() -> None:
    tomorrow = PartialDate.of(TODAY + timedelta(days=1))
    kind = CareKind.VACCINATION
    assert found(whole(kind, started=tomorrow)) == {CareItem.STARTED: CareProblem.FUTURE}
    assert found(whole(kind, started=PartialDate(2026))) == {}  # the year has begun
    born = {CareItem.STARTED: CareProblem.BEFORE_BIRTH}
    assert found(whole(kind, started=PartialDate(1969))) == born
    assert found(whole(kind, started=PartialDate(1970))) == {}
    assert found(whole(kind, started=PartialDate(1969)), birth_year=None) == {}


def test_the_trail_reads_every_detail_in_words() -> None:
    """names.json names the same lists as the export, in the same order."""
    assert naming.value("IV", "detail", "followup_concomitantcare") == ("", ANY_DETAIL)


def test_other_says_what_it_was() -> None:
    bare = whole(CareKind.MUTAGEN_EXPOSURE, detail="OTHER")
    assert found(bare) == {CareItem.NAME: CareProblem.NAME_NEEDED}
    assert found(whole(CareKind.MUTAGEN_EXPOSURE, detail="OTHER", name="benzene")) == {}
    assert found(whole(CareKind.MUTAGEN_EXPOSURE, detail="B")) == {
        CareItem.DETAIL: CareProblem.UNKNOWN_CODE
    }


def test_an_exposure_nobody_confirmed_is_open_and_no_no() -> None:
    therapy = CareKind.SUBSEQUENT_THERAPY
    assert [exposes(therapy, answer) for answer in ("YES", "NO", "UNKNOWN", "")] == [
        True,
        False,
        None,
        None,
    ]
    assert exposes(CareKind.MUTAGEN_EXPOSURE, "") is True
    assert exposes(CareKind.VACCINATION, "") is False
