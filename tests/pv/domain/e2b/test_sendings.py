"""How a channel tries again: what certainly did not arrive, what may have, what never will."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from pv.domain.e2b.channels import ChannelFacts, Environment, Light, fits, light
from pv.domain.e2b.sendings import Result, SendingEvent, assess, patience
from pv.domain.e2b.transmissions import Event, EventKind, unretracted

PLACE = Path(__file__).parents[4] / "pv" / "reference" / "channels.json"
KINDS = json.loads(PLACE.read_text(encoding="utf-8"))["kinds"]
FOLDER, AS2 = patience(KINDS["folder"]), patience(KINDS["as2"])


def test_the_waits_are_those_of_the_rules_and_end():
    assert [AS2.wait(n) for n in (1, 3, 4)] == [timedelta(minutes=5), timedelta(hours=1), None]
    assert (FOLDER.lease, AS2.lease) == (timedelta(minutes=5), timedelta(minutes=10))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"waits_minutes": [5, 0]}, "positive whole minutes"),
        ({"waits_minutes": [True]}, "positive whole minutes"),
        ({"lease_minutes": 1.5}, "positive whole minutes"),
        ({"citation": ""}, "citation"),
        ({"confidence": None}, "citation and confidence"),
    ],
)
def test_rules_nobody_can_follow_or_check_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        patience({**KINDS["as2"], **change})


@pytest.mark.parametrize(
    ("result", "attempt", "rules", "happened", "event", "waits"),
    [
        (Result.NOTHING_SENT, 1, FOLDER, EventKind.FAILED, SendingEvent.RETRY, True),
        (Result.NOTHING_SENT, 5, FOLDER, EventKind.FAILED, SendingEvent.GIVE_UP, False),
        (Result.DOUBT, 1, AS2, EventKind.AMBIGUOUS, SendingEvent.RETRY, True),
        # RFC 4130: only where the other side tells a repetition apart.
        (Result.DOUBT, 1, FOLDER, EventKind.AMBIGUOUS, SendingEvent.DOUBT, False),
        (Result.DOUBT, 4, AS2, EventKind.AMBIGUOUS, SendingEvent.DOUBT, False),
        (Result.REFUSED, 1, AS2, EventKind.FAILED, SendingEvent.GIVE_UP, False),
        (Result.PLACED, 1, FOLDER, EventKind.PLACED, SendingEvent.DELIVER, False),
        (Result.RECEIPT, 1, AS2, EventKind.RECEIPT, SendingEvent.DELIVER, False),
        (Result.UNPROVEN, 1, AS2, EventKind.RECEIPT_UNPROVEN, SendingEvent.RECEIVE_UNPROVEN, False),
    ],
)
def test_what_follows_from_an_attempt(result, attempt, rules, happened, event, waits):
    verdict = assess(result, attempt, rules)
    assert (verdict.happened, verdict.event) == (happened, event)
    assert (verdict.wait is not None) is waits


TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({}, Light.UNUSED),
        ({"used": True}, Light.GOOD),
        ({"last_test_passed": True}, Light.GOOD),
        ({"used": True, "waiting": 1}, Light.NOW),
        ({"used": True, "oldest_answer_due": date(2026, 11, 19)}, Light.NOW),
        ({"used": True, "oldest_answer_due": TODAY}, Light.GOOD),
        ({"used": True, "certificate_days": -1}, Light.NOW),
        ({"used": True, "certificate_days": 0}, Light.SOON),
        ({"used": True, "certificate_days": 60}, Light.SOON),
        ({"used": True, "certificate_days": 61}, Light.GOOD),
        ({"used": True, "keys_missing": True}, Light.NOW),
        ({"used": True, "last_test_passed": False}, Light.NOW),
    ],
)
def test_a_channel_shows_what_needs_somebody(facts, shown):
    assert light(ChannelFacts(**{"used": False} | facts), TODAY, (60, 30, 7)) is shown


def test_a_receiver_takes_only_its_own_environment():
    test, production = Environment.TEST, Environment.PRODUCTION
    assert fits(test, {"environment": "test"})
    assert not fits(production, {"environment": "test"})
    assert fits(production, {})
    assert fits(test, {"environment": "none"})


def test_a_sending_taken_back_is_none():
    sent = [Event(n, EventKind.SENT) for n in ("a", "b")]
    back = Event("c", EventKind.RETRACTED, retracts="a")
    assert [event.id for event in unretracted([*sent, back])] == ["b"]
    assert [event.id for event in unretracted(sent)] == ["a", "b"]
