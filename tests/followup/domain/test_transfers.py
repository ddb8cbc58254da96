"""Whose each row is after any sequence of transfers; nothing is lost, nothing is everybody's."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.transfers import OPEN, TRANSFERS, TransferEvent, TransferState, due
from followup.state_machines import NotAllowed
from tests.followup.transfer_rules import Followed, Part, Placed, moved, reads, writes

SITES = st.sampled_from("ABCD")
DAY = date(2026, 5, 4)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Followed[str]], int]:
    """Every stage of a patient who goes from site to site, with rows recorded at each."""
    site = draw(SITES)
    patient: Followed[str] = Followed(site, frozenset(), ())
    stages = []
    for _turn in range(draw(st.integers(1, 6))):
        parts = draw(st.lists(st.sampled_from(Part), max_size=4))
        fresh = tuple(Placed(part, patient.site, patient.site) for part in parts)
        fresh = tuple(
            row if row.part is Part.AHEAD else Placed(row.part, row.site) for row in fresh
        )
        patient = Followed(patient.site, patient.before, (*patient.rows, *fresh))
        stages.append(patient)
        to = draw(SITES.filter(lambda each, now=patient.site: each != now))
        patient = moved(patient, to)
        stages.append(patient)
    return stages, len(patient.rows)


@given(lives())
def test_each_row_is_of_one_site_and_none_is_lost(found: tuple[list[Followed[str]], int]) -> None:
    stages, rows = found
    last = stages[-1]
    assert len(last.rows) == rows
    for patient in stages:
        assert patient.site not in patient.before
        for row in patient.rows:
            assert sum(writes(row, site) for site in "ABCD") == 1
            if row.part is not Part.DONE:
                assert row.site == patient.site, "what is ahead is with whoever follows"
            assert reads(patient, row, patient.site), "who follows reads everything"
            assert all(reads(patient, row, site) for site in "ABCD" if writes(row, site))


@given(lives())
def test_a_site_before_reads_its_own_and_the_frame_alone(
    found: tuple[list[Followed[str]], int],
) -> None:
    stages, _rows = found
    for before, after in zip(stages, stages[1:], strict=False):
        for old, new in zip(before.rows, after.rows, strict=False):
            if old.part is Part.DONE:
                assert new == old, "what was done stays where it was done"
        for site in after.before:
            for row in after.rows:
                own = site in (row.site, row.by)
                assert reads(after, row, site) is (own or row.part is Part.FRAME)
                assert not (row.part is Part.PERSON and reads(after, row, site))
    strangers = set("ABCD") - stages[-1].before - {stages[-1].site}
    assert not [s for s in strangers for row in stages[-1].rows if reads(stages[-1], row, s)]


def test_back_to_the_first_site() -> None:
    done = Placed(Part.DONE, "A")
    there = moved(Followed("A", frozenset(), (done, Placed(Part.PERSON, "A"))), "B")
    back = moved(there, "A")
    assert (back.site, back.before) == ("A", frozenset("B"))
    assert [row.site for row in back.rows] == ["A", "A"]
    with pytest.raises(ValueError, match="another site"):
        moved(back, "A")
    on = DAY + timedelta(days=30)
    assert due(DAY, DAY)
    assert not due(on, DAY)


def test_the_table_of_states() -> None:
    state, event = TransferState, TransferEvent
    assert TRANSFERS.walk(state.ASKED, [event.ACCEPT, event.COME_INTO_FORCE]) is state.IN_FORCE
    assert TRANSFERS.terminal == set(state) - set(OPEN)
    for closed in TRANSFERS.terminal:
        with pytest.raises(NotAllowed):
            TRANSFERS.step(closed, event.WITHDRAW)
