"""What the events of a submission say together, whatever order they came in."""

from datetime import UTC, date, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.calendars import HolidayTable
from pv.domain.e2b import answers
from pv.domain.e2b.deliveries import DECIDED
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import Event, EventKind, Summary, meets_clock, summarize

DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
FACTS = st.sampled_from([kind for kind in EventKind if kind is not EventKind.SETTLED])
SHANGHAI = timezone(timedelta(hours=8))


@st.composite
def histories(draw, decision: Delivery | None = None):
    """Events of one submission; every acknowledgement decides the same where one is named."""
    events: list[Event] = []
    for number, kind in enumerate(draw(st.lists(FACTS, max_size=8))):
        retracts, decided = "", None
        if kind is EventKind.RETRACTED:
            able = [e.id for e in events if e.kind in (EventKind.SENT, EventKind.AMBIGUOUS)]
            if not able:
                continue
            retracts = draw(st.sampled_from(able))
        if kind is EventKind.ACKNOWLEDGED:
            decided = decision or draw(st.sampled_from([*sorted(DECIDED), Delivery.RECEIVED]))
        events.append(Event(str(number), kind, draw(DAYS), decided, retracts))
    return events


@given(histories(Delivery.REJECTED), st.randoms())
def test_the_order_of_events_changes_nothing(events, random) -> None:
    shuffled = [*events]
    random.shuffle(shuffled)
    assert summarize(shuffled) == summarize(events)


@given(histories(), st.randoms())
def test_contradicting_decisions_are_disputed_in_every_order(events, random) -> None:
    shuffled = [*events]
    random.shuffle(shuffled)
    one, other = summarize(events), summarize(shuffled)
    assert one.disputed == other.disputed
    assert (one.sent_on, one.ambiguous) == (other.sent_on, other.ambiguous)
    if not one.disputed:
        assert one == other


@given(histories(), st.sampled_from(sorted(DECIDED)), st.randoms())
def test_what_a_person_settles_holds_in_every_order(events, decision, random) -> None:
    settled = [*events, Event("s", EventKind.SETTLED, date(2026, 6, 1), decision)]
    shuffled = [*settled]
    random.shuffle(shuffled)
    assert summarize(shuffled) == summarize(settled)
    assert summarize(settled).state is decision
    assert not summarize(settled).disputed


@given(histories())
def test_a_decided_state_never_moves_again(events) -> None:
    decided = None
    for end in range(len(events) + 1):
        state = summarize(events[:end]).state
        if decided is not None:
            assert state is decided
        if state in DECIDED:
            decided = state


@given(histories())
def test_the_day_of_queueing_is_never_the_day_sent(events) -> None:
    kinds = (EventKind.QUEUED, EventKind.ATTEMPTED, EventKind.PLACED, EventKind.RECEIPT_UNPROVEN)
    only = [e for e in events if e.kind in kinds]
    assert summarize(only).sent_on is None
    summary = summarize(events)
    assert (summary.sent_on is None) == (summary.state is Delivery.GENERATED)


D = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("events", "summary"),
    [
        ([], Summary(Delivery.GENERATED, None, None, None, False, False)),
        (
            [Event("1", EventKind.SENT, D), Event("2", EventKind.RETRACTED, D, retracts="1")],
            Summary(Delivery.GENERATED, None, None, None, False, False),
        ),
        (
            [Event("1", EventKind.SENT, D)],
            Summary(Delivery.SENT, D, None, D, False, False),
        ),
        (  # the answer overtook the note of the sending: the noted day counts
            [
                Event("1", EventKind.ACKNOWLEDGED, date(2026, 11, 4), Delivery.ACCEPTED),
                Event("2", EventKind.SENT, D),
            ],
            Summary(Delivery.ACCEPTED, D, date(2026, 11, 4), None, False, False),
        ),
        (
            [Event("1", EventKind.PLACED, D)],
            Summary(Delivery.GENERATED, None, None, D, False, False),
        ),
        (
            [Event("1", EventKind.AMBIGUOUS, D)],
            Summary(Delivery.GENERATED, None, None, None, False, True),
        ),
        (
            [Event("1", EventKind.AMBIGUOUS, D), Event("2", EventKind.RECEIPT, D)],
            Summary(Delivery.RECEIVED, D, None, D, False, False),
        ),
        (
            [Event("1", EventKind.AMBIGUOUS, D), Event("2", EventKind.RETRACTED, D, None, "1")],
            Summary(Delivery.GENERATED, None, None, None, False, False),
        ),
    ],
)
def test_what_events_say(events, summary) -> None:
    assert summarize(events) == summary


def test_only_what_was_not_loaded_leaves_the_clock_open() -> None:
    assert [state for state in Delivery if not meets_clock(state)] == [Delivery.REJECTED]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20220815101246-0400", date(2022, 8, 15)),
        ("20220815201246-0400", date(2022, 8, 16)),
        ("20220815", date(2022, 8, 15)),
        ("20220815235959", date(2022, 8, 15)),
        ("20220815101246.123+0800", date(2022, 8, 15)),
        ("202208", None),
        ("20221315", None),
        ("20220815256099+0800", None),
        ("", None),
        (None, None),
        ("昨天", None),
    ],
)
def test_the_day_of_an_acknowledgement(text, day) -> None:
    assert answers.day_of(text, SHANGHAI) == day


@given(st.text(max_size=30))
def test_no_text_breaks_the_day_of_an_acknowledgement(text) -> None:
    assert answers.day_of(text, UTC) is None or text.strip()[:8].isdigit()


def test_an_answer_is_awaited_in_days_or_working_days() -> None:
    table = HolidayTable.from_dict(answers.WEEKENDS_ONLY)
    cited = {"citation": "x", "confidence": "project"}
    wait = answers.wait_of({"answer": {"amount": 2, "unit": "working_days", **cited}})
    assert wait is not None
    assert answers.due(date(2026, 11, 27), wait, table) == date(2026, 12, 1)
    wait = answers.wait_of({"answer": {"amount": 1, "unit": "days", **cited}})
    assert wait is not None
    assert answers.due(date(2026, 11, 27), wait, table) == date(2026, 11, 28)
    assert answers.wait_of({}) is None
    for bad in ({"amount": 0, "unit": "days"}, {"amount": 2, "unit": "hours"}, {"amount": True}):
        with pytest.raises((ValueError, KeyError)):
            answers.wait_of({"answer": {"unit": "days", **cited, **bad} if "amount" in bad else {}})
    with pytest.raises(ValueError, match="citation"):
        answers.wait_of({"answer": {"amount": 2, "unit": "days"}})
