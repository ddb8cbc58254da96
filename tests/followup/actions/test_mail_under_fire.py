"""Senders killed and frozen in mid-sentence against a real mail server: nothing lost, all told."""

import asyncio
import os
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import AsyncMessage

from dev.engines.mail_sink import free_port
from tests.followup.actions.mail_points import POINTS
from tests.followup.actions.reminder_processes import answer, start

# F9: a release run takes thousands.
KILLS = int(os.environ.get("EVERWATCH_KILLS", "12"))
MAILS = 8 * KILLS
AT_A_POINT = int(os.environ.get("EVERWATCH_POINT_KILLS", "2"))  # F10


class Slow(AsyncMessage):
    """Takes a message, thinks about it, then answers: kills find it at every moment."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    async def handle_message(self, message):
        self.seen[message["Message-ID"].strip("<>").partition("@")[0]] += 1
        await asyncio.sleep(0.02)


@pytest.fixture
def server():
    handler = Slow()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield f"smtp://127.0.0.1:{controller.port}", handler.seen
    controller.stop()


@pytest.mark.parametrize("freeze", [False, True], ids=["killed", "killed and frozen"])
@pytest.mark.figure("F9")
def test_no_mail_is_lost_and_every_possible_repetition_is_on_record(
    cloned_database, server, freeze, measured
):
    url, seen = server
    environment = {
        **cloned_database.environment,
        "EMAIL_URL": url,
        "MAIL_LEASE_SECONDS": "1",
        "LOG_LEVEL": "CRITICAL",
    }
    made = set(answer(start(environment, "mail", MAILS)))
    kills = KILLS // 3 if freeze else KILLS
    result = answer(start(environment, "send_under_fire", kills, 7, freeze), patience=600)
    assert result["kills"] + result["frozen"] == kills
    assert set(result["sent"]) == made
    assert set(seen) == made, "each notice arrived under its own Message-ID"
    assert result["fired"], "the kills hit senders at work"
    # A slow machine spends little of its time there: a few kills may all miss it.
    assert result["ambiguous"] or kills < 100, "some of them between the dot and its answer"
    twice = {notice for notice, times in seen.items() if times > 1}
    unflagged = twice - set(result["ambiguous"])
    measured(
        "F9",
        f"{kills} kills of senders: {len(made - set(seen))} of {len(made)} mails lost, "
        f"{len(twice)} repeated, {len(unflagged)} of them not flagged",
        kills=kills,
    )
    assert not unflagged, "every repetition is flagged"
    assert sum(seen.values()) - len(seen) <= 2 * kills


@pytest.mark.figure("F10")
def test_a_sender_killed_at_a_named_point_repeats_nothing_before_the_dot(
    cloned_database, server, measured
):
    url, seen = server
    environment = {
        **cloned_database.environment,
        "EMAIL_URL": url,
        "MAIL_LEASE_SECONDS": "1",
        "LOG_LEVEL": "CRITICAL",
    }
    done = answer(
        start(environment, "kill_at_points", AT_A_POINT, module="mail_points"), patience=600
    )
    hit = {point: set(notices) for point, notices in done["hit"].items()}
    assert [len(notices) for notices in done["hit"].values()] == [AT_A_POINT] * len(POINTS)
    lost = set(done["made"]) - set(seen)
    twice = {notice for notice, times in seen.items() if times > 1}
    before = twice - hit["answered"]
    unflagged = twice - set(done["ambiguous"])
    measured(
        "F10",
        f"{AT_A_POINT} kills each at {', '.join(POINTS)}: {len(lost)} lost, {len(before)} "
        f"repeated before the dot, {len(twice)} after it, {len(unflagged)} of them not flagged",
        kills=AT_A_POINT * len(POINTS),
    )
    assert not lost
    assert not before, "what was killed before the dot goes out once"
    assert hit["answered"] == twice, "the server had taken these"
    assert not unflagged
