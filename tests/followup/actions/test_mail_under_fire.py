"""Senders killed and frozen in mid-sentence against a real mail server: nothing lost, all told."""

import asyncio
import os
from collections import Counter

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import AsyncMessage

from dev.engines.mail_sink import free_port
from tests.followup.actions.reminder_processes import answer, start

# F9: a release run takes thousands.
KILLS = int(os.environ.get("EVERWATCH_KILLS", "25"))
MAILS = 8 * KILLS


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
    assert result["ambiguous"], "some of them between the dot and its answer"
    twice = {notice for notice, times in seen.items() if times > 1}
    unflagged = twice - set(result["ambiguous"])
    measured(
        "F9",
        f"{kills} kills of senders: {len(made - set(seen))} of {len(made)} mails lost, "
        f"{len(twice)} repeated, {len(unflagged)} of them not flagged",
    )
    assert not unflagged, "every repetition is flagged"
    assert sum(seen.values()) - len(seen) <= 2 * kills
