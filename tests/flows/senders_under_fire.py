"""Senders killed at work: no report is lost, none reaches the gateway twice, a doubt has its flag.

`./run oracle messages` names this file; a run of all tests cuts the senders in their own process.
"""

import json
import os
import random
import time
from collections import Counter
from pathlib import Path

from dev.testing.pytest_engines import ClonedDatabase
from tests.flows.test_messages_under_fire import KILLS, Environment, said, shell

EACH = 2  # reports a kill may find


def take(gateway: Path, taken: Counter[str]) -> None:
    """As a gateway does: what has its name is taken away, and counts."""
    for path in sorted((gateway / "out").iterdir()):
        if not path.name.endswith(".part"):
            taken[path.name] += 1
            path.rename(gateway / f"{sum(taken.values())}-{path.name}")


def test_killed_senders_lose_no_report_and_send_none_twice(
    cloned_database: ClonedDatabase, tmp_path: Path
) -> None:
    environment: Environment = {**cloned_database.environment, "EXCHANGE_ROOT": str(tmp_path)}
    gateway, chance, taken = tmp_path / "nmpa", random.Random(17), Counter[str]()
    for name in ("out", "in"):
        (gateway / name).mkdir(parents=True)
    names = said(environment, f"reports({EACH * KILLS})")
    struck = 0
    for _kill in range(KILLS):
        with shell(environment, "send()") as sender:
            assert sender.stdout
            assert json.loads(sender.stdout.readline()) == "ready"
            time.sleep(chance.uniform(0, 0.3))
            sender.kill()
            struck += "sent" not in sender.stdout.read()
        take(gateway, taken)
    for _round in range(3):
        said(environment, "send()")
        take(gateway, taken)
    found = said(environment, "sendings()")
    assert sorted(found) == sorted(names)
    for name, (state, in_doubt, placed) in found.items():
        whole, doubt = ("delivered", False, 1), ("ambiguous", True, 0)
        assert (state, in_doubt, placed) in {whole, doubt}, name
        assert taken[name] == 1, name
    doubts = sum(state == "ambiguous" for state, _flag, _placed in found.values())
    print(f"{struck} of {KILLS} kills at work: {len(names)} reports, {doubts} in doubt, 0 twice")
    assert os.listdir(gateway / "out") == []
